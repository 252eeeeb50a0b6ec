import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { parseLines } from '../../../src/task/ledger.ts';
import type { ImportConfig, Task } from '../../../src/task/task.ts';
import { killArbitrary, killWorkers, workAndDie } from '../../support/crashes/worker-process.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

/**
 * An import into an adopted table that holds references by ids, to another table and to itself: what becomes of each line, and of both tables,
 * is what one line after the other makes of them, each taking back all that it did when it is refused.
 */
let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

const MISSING = ['reject', 'null', 'create'] as const;

/** What is declared, and what the tables are like. */
interface Kind {
  readonly customer: (typeof MISSING)[number];
  readonly boss: (typeof MISSING)[number];
  /** Whether customers have numbers of four bytes, not texts. */
  readonly numbers: boolean;
  readonly asSets: boolean;
  /** Whether a line with the note `makes` has a trigger create the customer 5. */
  readonly trigger: boolean;
  /** Whether lines refer to records of the same table. */
  readonly self: boolean;
}

const missingArbitrary = fc.constantFrom(...MISSING);
const kindArbitrary: fc.Arbitrary<Kind> = fc.oneof(
  // Lines of which no trigger and no line before can change what they name: sets.
  fc.record({
    ...{ customer: missingArbitrary, boss: missingArbitrary, numbers: fc.boolean() },
    ...{ asSets: fc.constant(true), trigger: fc.constant(false), self: fc.constant(false) },
  }),
  fc.record({
    // Of those that are left out the first look takes it that they stay so.
    customer: fc.constantFrom(...MISSING, 'null' as const),
    boss: fc.constantFrom(...MISSING, 'null' as const),
    numbers: fc.boolean(),
    ...{ asSets: fc.constant(false), trigger: fc.boolean(), self: fc.boolean() },
  }),
);

interface Row {
  readonly key: string;
  readonly customer: string;
  readonly boss: string;
  readonly note: string;
}

const keyArbitrary = fc.integer({ min: 0, max: 14 }).map((n) => `K${n}`);

/** Of a customer: 1 and 2 are there, 8 no table takes, 99999999999 has no room in four bytes. */
const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  key: keyArbitrary,
  customer: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('1', '2', '5', '') },
    { weight: 1, arbitrary: fc.constantFrom('7', '8', '99999999999') },
  ),
  boss: fc.oneof(fc.constant(''), keyArbitrary),
  note: fc.constantFrom('a', 'a', '', 'makes', 'bad'),
});

type How = Pick<ImportConfig, 'override' | 'mode'>;

const fileArbitrary = fc.record({
  rows: fc.array(rowArbitrary, { minLength: 1, maxLength: 30 }),
  how: fc.constantFrom<How>(
    { override: false },
    { override: true },
    { override: true },
    { override: false, mode: 'insert' },
    { override: true, mode: 'update' },
    { override: false, mode: 'delete' },
  ),
});

interface Good {
  readonly customer: string | null;
  readonly boss: string | null;
  readonly note: string | null;
}

/** Both tables. */
interface State {
  customers: Set<string>;
  goods: Map<string, Good>;
}

/** @returns the outcome, or the code of the error. Changes `state`. */
function process(row: Row, { kind, how }: { readonly kind: Kind; readonly how: How }, state: State): string {
  const { override, mode } = how;
  const { key } = row;
  const before = state.goods.get(key);
  if (mode === 'delete') {
    if (!before) return 'not_found';
    if ([...state.goods].some(([other, { boss }]) => other !== key && boss === key)) return 'referenced';
    state.goods.delete(key);
    return 'deleted';
  }
  if (!before && mode === 'update') return 'not_found';
  if (before && !override) return mode === 'insert' ? 'exists' : 'skipped';
  const after: State = { customers: new Set(state.customers), goods: new Map(state.goods) };
  let customer = row.customer === '' ? null : row.customer;
  let boss = kind.self && row.boss !== '' ? row.boss : null;
  const created: (() => boolean)[] = [];
  if (customer !== null && !after.customers.has(customer)) {
    const wanted = customer;
    if (kind.customer === 'reject') return 'reference_missing';
    if (kind.customer === 'null') customer = null;
    else
      created.push(() => {
        after.customers.add(wanted);
        return wanted !== '8' && !(kind.numbers && wanted === '99999999999');
      });
  }
  if (boss !== null && !after.goods.has(boss)) {
    const wanted = boss;
    if (kind.boss === 'reject') return 'reference_missing';
    if (kind.boss === 'null') boss = null;
    else
      created.push(() => {
        after.goods.set(wanted, { customer: null, boss: null, note: 'made' });
        return true;
      });
  }
  for (const create of created) if (!create()) return 'reference_missing';
  // What it refers to was created with its own key.
  if (!before && after.goods.has(key)) return mode === 'insert' ? 'exists' : 'duplicate_value';
  const good = { customer, boss, note: row.note || null };
  if (before && JSON.stringify(before) === JSON.stringify(good)) return 'skipped';
  if (good.note === 'bad') return 'check_violated';
  after.goods.set(key, good);
  if (kind.trigger && good.note === 'makes') after.customers.add('5');
  Object.assign(state, after);
  return before ? 'updated' : 'inserted';
}

async function outcomesOf(task: Task): Promise<Map<number, string>> {
  const { rows } = await bench.pool.query('select * from task_chunks where task_id = $1 order by chunk', [task.id]);
  const outcomes = new Map<number, string>();
  for (const row of rows) {
    for (const outcome of ['inserted', 'updated', 'deleted', 'skipped'])
      for (const line of parseLines(row[outcome])) outcomes.set(line, outcome);
    for (const { line, code } of row.errored) outcomes.set(line, code);
  }
  return outcomes;
}

async function makeTables(kind: Kind): Promise<{ organizationId: string; customers: string; goods: string }> {
  made += 1;
  const [customers, goods] = [`customers_${made}`, `goods_${made}`];
  const type = kind.numbers ? 'integer' : 'text';
  await bench.pool.query(`create table ${customers} (
    id bigint generated always as identity (start with 100) primary key, number ${type} not null unique check (number <> '8'), name text)`);
  await bench.pool.query(`insert into ${customers} (number) values ('1'), ('2')`);
  await bench.pool.query(`create table ${goods} (
    id integer generated always as identity (start with 500) primary key, key text not null unique,
    customer_id bigint references ${customers}, note text check (note <> 'bad'))`);
  // A table that references itself is not written as sets.
  if (kind.self) await bench.pool.query(`alter table ${goods} add column boss_id integer references ${goods}`);
  await bench.pool.query(`create function ${goods}_make() returns trigger language plpgsql as $$ begin
    if new.note = 'makes' then insert into ${customers} (number) values ('5') on conflict (number) do nothing; end if;
    return null; end $$`);
  if (kind.trigger)
    await bench.pool.query(
      `create trigger make after insert or update on ${goods} for each row execute function ${goods}_make()`,
    );
  const organizationId = await bench.organization(`referring-${made}`);
  const declare = (source: object) => applyResource(bench, { owner: organizationId, source, mayAdopt: () => true });
  const number = kind.numbers ? { type: 'integer' } : {};
  await declare({
    fields: [{ name: 'number', ...number }, { name: 'name' }],
    primaryKey: 'number',
    openbulk: { name: 'customers', table: customers },
  });
  const boss = {
    fields: 'boss.key',
    reference: { fields: 'key' },
    openbulk: {
      ...{ column: 'boss_id', holds: 'id', missing: kind.boss },
      ...(kind.boss === 'create' && { create: { note: 'made' } }),
    },
  };
  await declare({
    fields: [
      { name: 'key' },
      { name: 'customer.number', ...number },
      ...(kind.self ? [{ name: 'boss.key' }] : []),
      { name: 'note' },
    ],
    primaryKey: 'key',
    foreignKeys: [
      {
        fields: 'customer.number',
        reference: { resource: 'customers', fields: 'number' },
        openbulk: { column: 'customer_id', holds: 'id', missing: kind.customer },
      },
      ...(kind.self ? [boss] : []),
    ],
    openbulk: { name: 'goods', table: goods, writes: { asSets: kind.asSets } },
  });
  return { organizationId, customers, goods };
}

async function readState({ customers, goods }: { customers: string; goods: string }): Promise<State> {
  const { rows } = await bench.pool.query(
    `select g.key, c.number::text as customer, b.key as boss, g.note from ${goods} g
     left join ${customers} c on c.id = g.customer_id left join ${goods} b on b.id::text = to_jsonb(g) ->> 'boss_id'`,
  );
  const numbers = await bench.pool.query(`select number::text as number from ${customers}`);
  return {
    customers: new Set(numbers.rows.map(({ number }) => number)),
    goods: new Map(rows.map(({ key, ...good }) => [key, good])),
  };
}

const sorted = ({ customers, goods }: State) => ({ customers: [...customers].sort(), goods: [...goods].sort() });

async function compare(
  files: readonly { readonly rows: readonly Row[]; readonly how: How }[],
  kind: Kind,
  run: (task: Task) => Promise<Task>,
): Promise<void> {
  const tables = await makeTables(kind);
  const { organizationId } = tables;
  const state: State = { customers: new Set(['1', '2']), goods: new Map() };
  for (const { rows, how } of files) {
    const header = kind.self ? 'key,customer.number,boss.key,note' : 'key,customer.number,note';
    const line = ({ key, customer, boss, note }: Row) =>
      (kind.self ? [key, customer, boss, note] : [key, customer, note]).join(',');
    const csv = `${header}\n${rows.map(line).join('\n')}\n`;
    const before = sorted(state);
    const expected = rows.map((row) => process(row, { kind, how }, state));
    const tried = await bench.working(async () =>
      bench.finished(await bench.submit(organizationId, 'import-goods', csv, { ...how, dryRun: true })),
    );
    const rehearsed = await outcomesOf(tried);
    expect(rows.map((_, index) => rehearsed.get(index + 2))).toEqual(expected);
    expect(sorted(await readState(tables))).toEqual(before);
    const done = await run(await bench.submit(organizationId, 'import-goods', csv, how));
    expect(done.status).toBe('completed');
    const outcomes = await outcomesOf(done);
    expect(rows.map((_, index) => outcomes.get(index + 2))).toEqual(expected);
    expect(sorted(await readState(tables))).toEqual(sorted(state));
  }
}

test('ledger and tables equal those of one line after the other, whatever is missing, and whatever the size of the chunks', async () => {
  const arbitrary = fc.tuple(
    fc.array(fileArbitrary, { minLength: 1, maxLength: 3 }),
    fc.oneof(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 35 })),
    kindArbitrary,
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([files, chunkRows, kind]) => {
      await compare(files, kind, (task) =>
        bench.working(() => bench.finished(task), { chunkRows, sliceMilliseconds: 1 }),
      );
    }),
    { numRuns: runs(100) },
  );
}, 600_000);

test('and so they do although workers are killed at random', async () => {
  const arbitrary = fc.tuple(
    fileArbitrary,
    fileArbitrary,
    fc.integer({ min: 1, max: 12 }),
    killArbitrary,
    kindArbitrary,
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
