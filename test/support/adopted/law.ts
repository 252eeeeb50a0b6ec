import fc from 'fast-check';
import { expect } from 'vitest';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { type Elsewhere, openElsewhere } from '../../../src/store/elsewhere/databases.ts';
import { parseLines } from '../../../src/task/ledger.ts';
import type { ImportConfig, Task } from '../../../src/task/task.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { type Bench, openBench } from '../engine.ts';

/** A line of a file of goods. */
export interface Row {
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

/** A file, and how it is imported. */
export interface GoodsFile {
  readonly rows: readonly Row[];
  readonly how: How;
}

export const fileArbitrary: fc.Arbitrary<GoodsFile> = fc.record({
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

/** @returns the outcome, or the code of the error. Changes `records`. */
function process(
  { key, mark, amount, parent }: Row,
  { override, mode, blankCells }: How,
  records: Map<string, Record>,
): Outcome {
  if (mode === 'delete') return records.delete(key) ? 'deleted' : 'not_found';
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

/** A file as it is sent. */
export function csvOf(rows: readonly Row[]): string {
  return `key,mark,amount,parent\n${rows.map((row) => Object.values(row).join(',')).join('\n')}\n`;
}

/** Where goods are imported into tables of another database. */
export interface Law {
  readonly bench: Bench;
  /** The database that has the tables. */
  readonly there: TestDatabase;
  readonly elsewhere: Elsewhere;
  /** Settings of worker processes. */
  readonly env: Readonly<globalThis.Record<string, string>>;
  /** Makes a table, whose trigger writes to another one, and a resource of an organization that adopts it. */
  adopt(asSets: boolean): Promise<{ readonly organizationId: string; readonly table: string }>;
  /**
   * Imports files into a table, each after a dry run, and compares what becomes of each line, of the table and of what the trigger writes with
   * what one line after the other makes of them.
   *
   * @param run works on a task until it is over
   */
  hold(files: readonly GoodsFile[], asSets: boolean, run: (task: Task) => Promise<Task>): Promise<void>;
  close(): Promise<void>;
}

/** Two databases: OpenBulk's, and another one that has the tables. */
export async function openLaw(): Promise<Law> {
  const bench = await openBench();
  const there = await createTestDatabase({ migrated: false });
  const elsewhere = openElsewhere(
    { crm: there.url },
    { applicationName: 'openbulk test', max: 4, purpose: 'elsewhere' },
  );
  // The role is called as the schema that the other database gets, where names without a schema would be made then.
  const patient = openElsewhere(
    { crm: there.url },
    {
      applicationName: 'openbulk test',
      max: 1,
      purpose: 'maintenance',
    },
  );
  await there.pool.query('create table public.parents (id text primary key)');
  await there.pool.query(`insert into public.parents values ('P1'), ('P2')`);
  let made = 0;
  async function adopt(asSets: boolean): Promise<{ organizationId: string; table: string }> {
    made += 1;
    const table = `goods_${made}`;
    await there.pool.query(`create table public.${table} (
      key text primary key, mark text not null unique, amount numeric(6, 2) check (amount > 0), parent text not null references public.parents)`);
    await there.pool.query(`create table public.${table}_log (key text)`);
    await there.pool.query(`create function public.${table}_note() returns trigger language plpgsql as
      $$ begin insert into public.${table}_log values (new.key); return null; end $$`);
    await there.pool.query(
      `create trigger note after insert or update on public.${table} for each row execute function public.${table}_note()`,
    );
    const organizationId = await bench.organization(`adopted-${made}`);
    const source = {
      fields: [{ name: 'key' }, { name: 'mark' }, { name: 'amount', type: 'number' }, { name: 'parent' }],
      primaryKey: 'key',
      openbulk: {
        name: 'goods',
        table,
        writes: { asSets, harmlessTriggers: ['note'] },
        connection: 'crm',
      },
    };
    await applyResource(bench, { owner: organizationId, source, mayAdopt: () => true, elsewhere: patient });
    return { organizationId, table };
  }
  async function readTable(table: string): Promise<Map<string, Record>> {
    const { rows } = await there.pool.query(`select key, mark, amount::float8 as amount, parent from public.${table}`);
    return new Map(rows.map(({ key, ...record }) => [key, record]));
  }
  return {
    bench,
    there,
    elsewhere,
    env: { OPENBULK_CONNECTION_CRM: there.url },
    adopt,
    async hold(files, asSets, run) {
      const { organizationId, table } = await adopt(asSets);
      const records = new Map<string, Record>();
      let written = 0;
      for (const { rows, how } of files) {
        const csv = csvOf(rows);
        const before = new Map(records);
        const expected = rows.map((row) => process(row, how, records));
        written += expected.filter((outcome) => outcome === 'inserted' || outcome === 'updated').length;
        const tried = await bench.working(
          async () => bench.finished(await bench.submit(organizationId, 'import-goods', csv, { ...how, dryRun: true })),
          { elsewhere },
        );
        expect([...(await outcomesOf(bench, tried)).values()].sort()).toEqual([...expected].sort());
        expect(await readTable(table)).toEqual(before);
        const done = await run(await bench.submit(organizationId, 'import-goods', csv, how));
        expect(done.status).toBe('completed');
        expect(done.counters.items).toBe(rows.length);
        const outcomes = await outcomesOf(bench, done);
        expect(rows.map((_, index) => outcomes.get(index + 2))).toEqual(expected);
        expect(await readTable(table)).toEqual(records);
      }
      const { rows } = await there.pool.query(`select count(*)::int as n from public.${table}_log`);
      expect(rows[0].n).toBe(written);
    },
    async close() {
      await patient.end();
      await elsewhere.end();
      await bench.close();
      await there.drop();
    },
  };
}

/** What became of each line of a task: its outcome, or the code of its error. */
export async function outcomesOf({ pool }: Bench, task: Task): Promise<Map<number, Outcome>> {
  const { rows } = await pool.query('select * from task_chunks where task_id = $1 order by chunk', [task.id]);
  const outcomes = new Map<number, Outcome>();
  for (const row of rows) {
    for (const outcome of ['inserted', 'updated', 'deleted', 'skipped'])
      for (const line of parseLines(row[outcome])) outcomes.set(line, outcome);
    for (const { line, code } of row.errored) outcomes.set(line, code);
  }
  return outcomes;
}
