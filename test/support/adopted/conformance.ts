import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { type Pool, withSession } from '../../../src/store/connection/pool.ts';
import { quoteName, quoteNames } from '../../../src/store/connection/quote.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import type { WritePlan } from '../../../src/targets/adopted/plan/plan.ts';
import { planWrite } from '../../../src/targets/adopted/plan/plan-write.ts';
import { describeTable } from '../../../src/targets/adopted/shape/describe-table.ts';
import { openAdoptedTable } from '../../../src/targets/adopted/write/write-chunk.ts';
import { type Kind, type Line, type Trial, trialOf, valuesOf } from './kinds.ts';
import { applySerially, type OracleTable } from './oracle.ts';

/** A kind of table, made in a schema of its own. */
export interface Made {
  readonly kind: Kind;
  readonly schema: string;
  readonly role?: string;
}

export async function make(pool: Pool, kind: Kind): Promise<Made> {
  const schema = `kind_${randomBytes(4).toString('hex')}`;
  const role = kind.asStranger ? `stranger_${randomBytes(4).toString('hex')}` : undefined;
  await withSession(pool, async (session) => {
    const wire = new Wire(session);
    await wire.script(`create schema ${schema}; set search_path = ${schema}, public; ${kind.ddl} reset search_path;`);
    if (role)
      await wire.script(
        `create role ${role}; grant usage on schema ${schema} to ${role}; grant all on all tables in schema ${schema} to ${role};`,
      );
  });
  return { kind, schema, ...(role && { role }) };
}

export async function unmake(pool: Pool, { schema, role }: Made): Promise<void> {
  await pool.query(`drop schema ${schema} cascade`);
  if (role) await pool.query(`drop role ${role}`);
}

/** What a trial came to: what became of each line, and what all tables of the schema say then. */
interface Result {
  readonly outcomes: readonly string[];
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

/** Does something in a transaction that is not committed, with the rows that are there before. */
async function tried(
  pool: Pool,
  { kind, schema, role }: Made,
  work: (tx: Wire) => Promise<readonly string[]>,
): Promise<Result> {
  return withSession(pool, async (session) => {
    const tx = new Wire(session);
    await tx.query('begin');
    try {
      await tx.query(`set local search_path = ${schema}, public`);
      if (!kind.beforeFires) await tx.query('set local session_replication_role = replica');
      for (const statement of (kind.before ?? '').split(';').filter((text) => text.trim() !== ''))
        await tx.query(statement);
      await tx.query('set local session_replication_role = origin');
      if (role) await tx.query(`set local role ${role}`);
      const outcomes = await work(tx);
      await tx.query('reset role');
      const { rows } = await tx.query<{ name: string }>(
        `select relname as name from pg_class where relnamespace = '${schema}'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`,
      );
      const tables: Record<string, string[]> = {};
      for (const { name } of rows) {
        const found = await tx.query<{ text: string }>(
          `select (to_jsonb(whole_row) - 'id' - 'big' - 'made' || jsonb_build_object('in', tableoid::regclass))::text as text from ${quoteNames(schema, name)} whole_row order by 1`,
        );
        tables[name] = found.rows.map(({ text }) => text);
      }
      return { outcomes, tables };
    } finally {
      await tx.rollback();
    }
  });
}

function request(kind: Kind, { mode, declared }: Omit<Trial, 'chunks'>) {
  const { organization, harmlessTriggers } = kind;
  return {
    ...{ columns: Object.keys(valuesOf(kind)), key: kind.key ?? ['k'], mode, declaredSetSafe: declared },
    ...(organization && { organization }),
    ...(harmlessTriggers && { harmlessTriggers }),
  };
}

async function planned(tx: Wire, { kind, schema }: Made, trial: Omit<Trial, 'chunks'>): Promise<WritePlan> {
  const shape = await describeTable(tx, { schema, table: kind.into ?? 'target' });
  if (!shape) throw new Error('There is no such table.');
  const found = planWrite(shape, request(kind, trial));
  if ('refusals' in found) throw new Error(JSON.stringify(found.refusals));
  // It is kept as JSON.
  return JSON.parse(JSON.stringify(found.plan)) as WritePlan;
}

async function ofOurs(tx: Wire, made: Made, { chunks, ...trial }: Trial): Promise<string[]> {
  const target = openAdoptedTable(await planned(tx, made, trial));
  const outcomes: string[] = [];
  const rows = target.rows();
  for (const lines of chunks) {
    rows.clear();
    for (const [index, values] of lines.entries()) rows.add(index + 2, { key: values.join(), values, removes: false });
    const written = await target.write(tx, rows);
    assert.equal(written.outcomes.length, lines.length);
    const faults = new Map(written.faults.map((fault) => [fault.index, fault]));
    assert.equal(faults.size, written.outcomes.filter((outcome) => outcome === 'errored').length);
    for (const [index, outcome] of written.outcomes.entries()) {
      const fault = faults.get(index);
      assert.equal(fault !== undefined, outcome === 'errored');
      outcomes.push(fault ? `${fault.code}:${fault.constraint ?? ''}` : outcome);
    }
  }
  return outcomes;
}

async function ofOracle(tx: Wire, made: Made, { chunks, ...trial }: Trial): Promise<string[]> {
  const { kind, schema } = made;
  const { columns, key, organization } = request(kind, trial);
  const table = quoteNames(schema, kind.into ?? 'target');
  const { rows } = await tx.query<{ name: string; type: string }>(
    `with recursive types (name, type) as (
       select attname::text, atttypid from pg_attribute where attrelid = '${table.replaceAll("'", "''")}'::regclass and attnum > 0 and not attisdropped
       union all select name, typbasetype from types join pg_type t on t.oid = type where typtype = 'd')
     select name, format('%I.%s', nspname, '"' || typname || '"') as type from types join pg_type t on t.oid = type
       join pg_namespace n on n.oid = typnamespace where typtype <> 'd'`,
  );
  const spec: OracleTable = {
    ...{ columns, key, mode: trial.mode, types: Object.fromEntries(rows.map(({ name, type }) => [name, type])) },
    table: /inherit from/.test(kind.name) ? `only ${table}` : table,
    ...(organization && { organization }),
  };
  await tx.query(
    `create temporary table oracle_shadow as select ${columns.map(quoteName).join(', ')} from ${table} with no data`,
  );
  await tx.query('set constraints all immediate');
  // Ours finds the operators of a key by its index.
  await tx.query(`set local search_path = ${schema}, public, extensions`);
  return applySerially(tx, spec, chunks.flat() as Line[]);
}

/** Compares what we make of random chunks with what the oracle makes of their lines. */
export async function conforms(pool: Pool, made: Made, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(trialOf(made.kind), async (trial) => {
      const expected = await tried(pool, made, (tx) => ofOracle(tx, made, trial));
      const found = await tried(pool, made, (tx) => ofOurs(tx, made, trial));
      assert.deepEqual(found, expected);
    }),
    { numRuns: runs },
  );
}
