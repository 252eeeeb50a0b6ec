import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppliedOutcome, applyImport } from '../../../src/operations/import/apply/apply.ts';
import type { ImportTarget } from '../../../src/operations/import/apply/target.ts';
import { bindColumns } from '../../../src/operations/import/bind-columns.ts';
import { type CheckedRow, compileCheck } from '../../../src/operations/import/check.ts';
import { shippedResource } from '../../../src/resources/shipped.ts';
import {
  commit,
  inTransaction,
  isConflict,
  type Transaction,
  withSession,
} from '../../../src/store/connection/pool.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import { beginChunk } from '../../../src/store/ledger/chunks.ts';
import { CopyRows } from '../../../src/targets/copy-rows.ts';
import { type Bench, openBench } from '../../support/engine.ts';

const resource = shippedResource('inventory-items');

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const header = ['identifiers.serialNumber', 'basic.name', 'basic.type'];

function targetOf(organizationId: string, override: boolean) {
  const check = compileCheck(resource, { override }, bindColumns(resource, { override }, header));
  const rowsOf = (records: string[][]) => {
    const rows = new CopyRows({ organizationId });
    for (const [index, cells] of records.entries())
      rows.add(index + 2, check.run({ line: index + 2, cells }) as CheckedRow);
    return rows;
  };
  const target = {
    resource,
    organizationId,
    override,
    inserts: true,
    columns: check.columns,
    dryRun: false,
    memory: { known: 0, changed: 0 },
  };
  return { target, rowsOf };
}

/** Applies rows as a slice does: anew, where it met another writer, or took for new what was not. */
async function applied(
  target: ImportTarget,
  rows: CopyRows,
  through: (tx: Transaction) => Transaction = (tx) => tx,
): Promise<AppliedOutcome[]> {
  try {
    return await inTransaction(bench.pool, (tx) => applyImport(through(tx), target, rows));
  } catch (error) {
    if (!isConflict(error)) throw error;
    return applied(target, rows, through);
  }
}

test.for([
  { override: false, first: 'skipped', again: 'skipped', name: 'theirs' },
  { override: true, first: 'updated', again: 'updated', name: 'ours again' },
])(
  'a record that another writer inserts in between is there after all (override $override)',
  async ({ override, first, again, name }) => {
    const organizationId = await bench.organization(`apply-${override}`);
    const { target, rowsOf } = targetOf(organizationId, override);
    const rows = rowsOf([
      ['S1', 'ours', 'laptop'],
      ['S2', 'ours', 'laptop'],
      ['S1', 'ours again', 'laptop'],
    ]);

    const other = await bench.pool.connect();
    const theirs = new Wire(other);
    await theirs.query('begin');
    await applyImport(theirs, target, rowsOf([['S1', 'theirs', 'phone']]));
    await theirs.answered();
    // Our COPY now waits for the other transaction to say what becomes of S1.
    const applying = applied(target, rows);
    for (let waiting = 0; waiting === 0; ) {
      const { rows: found } = await bench.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'copy inventory_items%'`,
      );
      waiting = found.length;
    }
    await theirs.query('commit');
    other.release();

    expect(await applying).toEqual([first, 'inserted', again]);
    const { rows: stored } = await bench.pool.query(
      'select basic_name from inventory_items where organization_id = $1 order by key',
      [organizationId],
    );
    expect(stored.map(({ basic_name }) => basic_name)).toEqual([name, 'ours']);
  },
);

/** The transaction, in which something else happens between what is looked at and what is done then. */
function interrupted(tx: Transaction, happens: () => Promise<unknown>): Transaction {
  let looked = false;
  const send: Transaction['send'] = (statement) => {
    looked ||= String(typeof statement === 'string' ? statement : statement.text).startsWith('copy (');
    return tx.send(statement);
  };
  const answered = async () => {
    await tx.answered();
    if (looked) await happens();
    looked = false;
  };
  const query = tx.query.bind(tx);
  return { send, answered, query } as Transaction;
}

test('a record that somebody deletes after it was found different is inserted', async () => {
  const organizationId = await bench.organization('apply-deleted');
  const { target, rowsOf } = targetOf(organizationId, true);
  await inTransaction(bench.pool, (tx) => applyImport(tx, target, rowsOf([['S1', 'old', 'laptop']])));
  const remove = () => bench.pool.query('delete from inventory_items where organization_id = $1', [organizationId]);

  const outcomes = await applied(target, rowsOf([['S1', 'new', 'laptop']]), (tx) => interrupted(tx, remove));

  expect(outcomes).toEqual(['inserted']);
  const { rows } = await bench.pool.query('select basic_name from inventory_items where organization_id = $1', [
    organizationId,
  ]);
  expect(rows).toEqual([{ basic_name: 'new' }]);
});

test('a chunk is done anew when somebody inserts a record after it was found missing', async () => {
  const organizationId = await bench.organization('apply-inserted');
  const { target, rowsOf } = targetOf(organizationId, true);
  const known = { ...target, memory: { known: 0.5, changed: 0 } };
  const insert = () => inTransaction(bench.pool, (tx) => applyImport(tx, target, rowsOf([['S1', 'theirs', 'laptop']])));
  const applying = inTransaction(bench.pool, (tx) =>
    applyImport(interrupted(tx, insert), known, rowsOf([['S1', 'ours', 'laptop']])),
  );
  expect(await applying).toEqual(['updated']);
  const { rows } = await bench.pool.query('select basic_name from inventory_items where organization_id = $1', [
    organizationId,
  ]);
  expect(rows).toEqual([{ basic_name: 'ours' }]);
});

test('a chunk is done anew when somebody deletes a record that its later rows change', async () => {
  const organizationId = await bench.organization('apply-rewritten');
  const { target, rowsOf } = targetOf(organizationId, true);
  const old = ['S1', 'old', 'laptop'];
  await inTransaction(bench.pool, (tx) => applyImport(tx, target, rowsOf([old])));
  const known = { ...target, memory: { known: 0.5, changed: 0 } };
  const remove = () => bench.pool.query('delete from inventory_items where organization_id = $1', [organizationId]);
  const applying = inTransaction(bench.pool, (tx) =>
    applyImport(interrupted(tx, remove), known, rowsOf([old, ['S1', 'new', 'laptop']])),
  );
  expect(await applying).toEqual(['inserted', 'updated']);
  const { rows } = await bench.pool.query('select basic_name from inventory_items where organization_id = $1', [
    organizationId,
  ]);
  expect(rows).toEqual([{ basic_name: 'new' }]);
});

test('rows are found by their keys, in an organization that the statistics have not yet heard of', async () => {
  const counted = await bench.organization('apply-counted');
  await bench.pool.query(
    `insert into inventory_items (organization_id, id, key, basic_name, basic_type)
     select $1, gen_random_uuid(), 'k' || n, 'n', 'laptop' from generate_series(1, 20000) n`,
    [counted],
  );
  await bench.pool.query('analyze inventory_items');
  const { target, rowsOf } = targetOf(await bench.organization('apply-new'), true);
  const readUpToNow = async (tx: Transaction) => {
    const { rows } = await tx.query<{ read: number }>(
      `select (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_xact_user_tables where relname = 'inventory_items'`,
    );
    return rows[0]?.read as number;
  };
  const apply = (session: Wire, at: number, name: string) => async () => {
    beginChunk(session);
    const before = await readUpToNow(session);
    const records = Array.from({ length: 500 }, (_, i) => [`S${at + i}`, name, 'laptop']);
    const outcomes = new Set(await applyImport(session, target, rowsOf(records)));
    const read = (await readUpToNow(session)) - before;
    await commit(session);
    return { outcomes: [...outcomes], read };
  };
  const anew = async (session: Wire, work: () => Promise<{ outcomes: AppliedOutcome[]; read: number }>) => {
    try {
      return await work();
    } catch (error) {
      await session.rollback();
      if (!isConflict(error)) throw error;
      return work();
    }
  };
  for (const [name, outcome] of [
    ['a', 'inserted'],
    ['a', 'skipped'],
    ['b', 'updated'],
    ['b', 'skipped'],
  ] as const)
    for (let at = 0; at < 10_000; at += 500) {
      const { outcomes, read } = await withSession(bench.pool, (session) => {
        const tx = new Wire(session);
        return anew(tx, apply(tx, at, name));
      });
      expect(outcomes).toEqual([outcome]);
      // Looked for, compared as staged, and written, with dead versions on the way: a few reads for each row, never all of the organization.
      expect(read).toBeLessThanOrEqual(5 * 500);
    }
});

test('the first chunk of a task looks for its records before it takes them for new', async () => {
  const organizationId = await bench.organization('apply-first');
  const { target, rowsOf } = targetOf(organizationId, false);
  const rows = rowsOf([['S1', 'ours', 'laptop']]);
  const first = { ...target, memory: { known: undefined, changed: 0 } };
  expect(await inTransaction(bench.pool, (tx) => applyImport(tx, first, rows))).toEqual(['inserted']);
  const again = { ...target, memory: { known: undefined, changed: 0 } };
  // Taken for new, it would be refused.
  expect(await inTransaction(bench.pool, (tx) => applyImport(tx, again, rows))).toEqual(['skipped']);
});
