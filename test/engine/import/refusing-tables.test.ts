import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { parseLines } from '../../../src/task/ledger.ts';
import type { ImportConfig, Task } from '../../../src/task/task.ts';
import { killArbitrary, killWorkers, workAndDie } from '../../support/crashes/worker-process.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

/**
 * An import into a table that may refuse a line, one that OpenBulk did not make or one of its own with constraints: what becomes of each
 * line, of the table and of what a trigger writes elsewhere is what one line after the other makes of them, once, whatever is killed.
 */
let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
  await bench.pool.query('create table parents (id text primary key)');
  await bench.pool.query(`insert into parents values ('P1'), ('P2')`);
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

interface Row {
  readonly key: string;
  readonly mark: string;
  readonly amount: string;
  readonly parent: string;
}

const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  key: fc.integer({ min: 0, max: 9 }).map((n) => `K${n}`),
  mark: fc.integer({ min: 0, max: 12 }).map((n) => `M${n}`),
  amount: fc.constantFrom('1', '2', '2.0', '-1', ''),
  parent: fc.constantFrom('P1', 'P2', 'P2', 'P3'),
});

type How = Pick<ImportConfig, 'override' | 'mode' | 'blankCells'>;

const fileArbitrary = fc.record({
  rows: fc.array(rowArbitrary, { minLength: 1, maxLength: 40 }),
  how: fc.constantFrom<How>(
    { override: false },
    { override: true },
    { override: true },
    { override: false, mode: 'insert' },
    { override: true, mode: 'update' },
    { override: true, blankCells: 'keep' },
    { override: true, mode: 'update', blankCells: 'keep' },
    { override: false, mode: 'delete' },
  ),
});

interface Record {
  readonly mark: string;
  readonly amount: number | null;
  readonly parent: string;
}

type Outcome = 'inserted' | 'updated' | 'skipped' | string;

const KINDS = ['ours', 'adopted', 'adopted as sets'] as const;
type Kind = (typeof KINDS)[number];

/** @returns the outcome, or the code of the error. Changes `records`. */
function process(
  { key, mark, amount, parent }: Row,
  { kind, how }: { kind: Kind; how: How },
  records: Map<string, Record>,
): Outcome {
  const { override, mode, blankCells } = how;
  if (mode === 'delete') return records.delete(key) ? 'deleted' : 'not_found';
  // A check that is declared needs no table.
  if (kind === 'ours' && amount === '-1') return 'invalid_value';
  const before = records.get(key);
  if (mode === 'update' && !before) return 'not_found';
  if (before && !override) return mode === 'insert' ? 'exists' : 'skipped';
  const kept = blankCells === 'keep' ? (before?.amount ?? null) : null;
  const after = { mark, amount: amount === '' ? kept : Number(amount), parent };
  if (before && JSON.stringify(before) === JSON.stringify(after)) return 'skipped';
  if (after.amount !== null && after.amount < 0) return 'check_violated';
  if ([...records].some(([other, one]) => other !== key && one.mark === mark)) return 'duplicate_value';
  if (parent === 'P3') return 'reference_missing';
  records.set(key, after);
  return before ? 'updated' : 'inserted';
}

async function outcomesOf(task: Task): Promise<Map<number, Outcome>> {
  const { rows } = await bench.pool.query('select * from task_chunks where task_id = $1 order by chunk', [task.id]);
  const outcomes = new Map<number, Outcome>();
  for (const row of rows) {
    for (const outcome of ['inserted', 'updated', 'deleted', 'skipped'])
      for (const line of parseLines(row[outcome])) outcomes.set(line, outcome);
    for (const { line, code } of row.errored) outcomes.set(line, code);
  }
  return outcomes;
}

interface Goods {
  readonly organizationId: string;
  /** As statements have it. */
  readonly table: string;
  /** What a trigger has written, if there is one. */
  readonly log?: string;
}

async function makeGoods(kind: Kind): Promise<Goods> {
  made += 1;
  const organizationId = await bench.organization(`goods-${made}`);
  return kind === 'ours' ? declareGoods(organizationId) : adoptGoods(organizationId, kind === 'adopted as sets');
}

async function declareGoods(organizationId: string): Promise<Goods> {
  const declare = (source: object) => applyResource(bench, { owner: organizationId, source, mayAdopt: () => false });
  await declare({ fields: [{ name: 'id' }], primaryKey: 'id', openbulk: { name: 'parents' } });
  await bench.working(async () => bench.finished(await bench.submit(organizationId, 'import-parents', 'id\nP1\nP2\n')));
  await declare({
    fields: [
      { name: 'key' },
      { name: 'mark', constraints: { unique: true } },
      { name: 'amount', type: 'number', constraints: { minimum: 0 } },
      { name: 'parent' },
    ],
    primaryKey: 'key',
    foreignKeys: [{ fields: ['parent'], reference: { resource: 'parents', fields: ['id'] } }],
    openbulk: { name: 'goods' },
  });
  const { rows } = await bench.pool.query<{ name: string }>(
    `select table_name as name from declared_resources where organization_id = $1 and name = 'goods'`,
    [organizationId],
  );
  return { organizationId, table: `openbulk_records.${rows[0]?.name}` };
}

async function adoptGoods(organizationId: string, asSets: boolean): Promise<Goods> {
  const table = `goods_${made}`;
  await bench.pool.query(`create table ${table} (
    key text primary key, mark text not null unique, amount numeric(6, 2) check (amount > 0), parent text not null references parents)`);
  await bench.pool.query(`create table ${table}_log (key text)`);
  await bench.pool.query(`create function ${table}_note() returns trigger language plpgsql as
    $$ begin insert into ${table}_log values (new.key); return null; end $$`);
  await bench.pool.query(
    `create trigger note after insert or update on ${table} for each row execute function ${table}_note()`,
  );
  const source = {
    fields: [{ name: 'key' }, { name: 'mark' }, { name: 'amount', type: 'number' }, { name: 'parent' }],
    primaryKey: 'key',
    openbulk: { name: 'goods', table, writes: { asSets, harmlessTriggers: ['note'] } },
  };
  await applyResource(bench, { owner: organizationId, source, mayAdopt: () => true });
  return { organizationId, table, log: `${table}_log` };
}

async function compare(
  files: readonly { readonly rows: readonly Row[]; readonly how: How }[],
  kind: Kind,
  run: (task: Task) => Promise<Task>,
): Promise<void> {
  const { organizationId, table, log } = await makeGoods(kind);
  const records = new Map<string, Record>();
  let written = 0;
  for (const { rows, how } of files) {
    const csv = `key,mark,amount,parent\n${rows.map((row) => Object.values(row).join(',')).join('\n')}\n`;
    const before = new Map(records);
    const expected = rows.map((row) => process(row, { kind, how }, records));
    written += expected.filter((outcome) => outcome === 'inserted' || outcome === 'updated').length;
    const tried = await bench.working(async () =>
      bench.finished(await bench.submit(organizationId, 'import-goods', csv, { ...how, dryRun: true })),
    );
    expect([...(await outcomesOf(tried)).values()].sort()).toEqual([...expected].sort());
    expect(await readTable(table)).toEqual(before);
    const done = await run(await bench.submit(organizationId, 'import-goods', csv, how));
    expect(done.status).toBe('completed');
    const outcomes = await outcomesOf(done);
    expect(rows.map((_, index) => outcomes.get(index + 2))).toEqual(expected);
    expect(await readTable(table)).toEqual(records);
  }
  if (log === undefined) return;
  const { rows } = await bench.pool.query(`select count(*)::int as n from ${log}`);
  expect(rows[0].n).toBe(written);
}

async function readTable(table: string): Promise<Map<string, Record>> {
  // A table of ours has a column key of its own; that of the field has an underscore.
  const key = table.includes('.') ? 'key_' : 'key';
  const { rows } = await bench.pool.query(`select ${key} as key, mark, amount::float8 as amount, parent from ${table}`);
  return new Map(rows.map(({ key, ...record }) => [key, record]));
}

test('ledger, table and what a trigger writes equal those of one line after the other, whatever the size of the chunks', async () => {
  const arbitrary = fc.tuple(
    fc.array(fileArbitrary, { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 45 }),
    fc.constantFrom(...KINDS),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([files, chunkRows, kind]) => {
      await compare(files, kind, (task) =>
        bench.working(() => bench.finished(task), { chunkRows, sliceMilliseconds: 1 }),
      );
    }),
    { numRuns: runs(40) },
  );
}, 600_000);

test('and so they do although workers are killed at random', async () => {
  const arbitrary = fc.tuple(
    fileArbitrary,
    fileArbitrary,
    fc.integer({ min: 1, max: 12 }),
    killArbitrary,
    fc.constantFrom(...KINDS),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([first, second, chunkRows, kill, kind]) => {
      await compare([first, second], kind, async (task) => {
        await workAndDie(bench, task, chunkRows, kill);
        return bench.working(() => bench.finished(task), { chunkRows });
      });
    }),
    { numRuns: runs(8) },
  );
}, 600_000);
