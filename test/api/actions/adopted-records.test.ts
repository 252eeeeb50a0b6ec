import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { type Desk, openDesk } from '../resources/desk.ts';
import { type Json, openServer, type TestServer } from '../server.ts';
import { type Acting, act, where } from './records.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer({ adoption: new AdoptionRules([{ slug: '*', schema: 'sales', table: '*' }]) });
  await run(`
    create schema sales;
    create table sales.customers (id text primary key);
    insert into sales.customers values ('c1'), ('c2');
    create type sales.status as enum ('open', 'closed')`);
});
afterAll(() => server.close());

async function run(sql: string): Promise<void> {
  for (const statement of sql.split(';')) if (statement.trim()) await server.pool.query(statement);
}

/** An organization that has adopted a table of orders, with a composite key, and what it says of them. */
async function withOrders(slug: string): Promise<{ desk: Desk; acting: Acting; table: string }> {
  const table = `sales.${slug}`;
  await run(`create table ${table} (
    year smallint not null, number integer not null, customer text references sales.customers,
    amount numeric(10, 2) check (amount > 0), double numeric generated always as (amount * 2) stored, note varchar(10),
    status sales.status, primary key (year, number));
    insert into ${table} (year, number, customer, amount, status)
      select 2020 + n % 3, n, 'c1', n, 'open' from generate_series(1, 9) n`);
  const desk = await openDesk(server, slug);
  const declared = await desk.put({
    fields: [
      ...[{ name: 'year', type: 'integer' }, { name: 'number', type: 'integer' }, { name: 'customer' }],
      { name: 'amount', type: 'number', openbulk: { precision: 10, scale: 2 } },
      { name: 'double', type: 'number', openbulk: { readOnly: true } },
      ...[{ name: 'note' }, { name: 'status' }],
    ],
    primaryKey: ['year', 'number'],
    openbulk: { name: 'orders', schema: 'sales', table: slug },
  });
  expect(declared.status, declared.text).toBe(200);
  return { desk, acting: act(server, desk), table };
}

const SET = { resource: 'orders', action_type: 'set' };
const DELETE = { resource: 'orders', action_type: 'delete' };

async function rows(table: string, columns = 'year, number, customer, amount, note'): Promise<unknown[]> {
  return (await server.pool.query({ text: `select ${columns} from ${table} order by year, number`, rowMode: 'array' }))
    .rows;
}

async function errored(desk: Desk, job: Json): Promise<unknown[]> {
  const { json } = await desk.ask(`/bulk-tasks/${String(job.job_id)}`);
  return ((json.data as Json).report as unknown as { erroredLines: unknown[] }).erroredLines;
}

test('records that match are set and deleted; the others stay', async () => {
  const { acting, table } = await withOrders('matching');
  const criteria_json = where('amount', 'gte', 5);
  expect(await acting.done({ ...SET, criteria_json, values: { note: 'big', customer: 'c2' } })).toMatchObject({
    ...{ preview_count: 5, outcomes: { updated: 5, deleted: 0, skipped: 0, errored: 0 } },
  });
  expect(await acting.done({ ...SET, values: { note: 'big', customer: 'c2' } })).toMatchObject({
    outcomes: { updated: 4, skipped: 5 },
  });
  expect(await acting.done({ ...DELETE, criteria_json, max_limit: 3 })).toMatchObject({ outcomes: { deleted: 3 } });
  expect(await rows(table, 'year, number')).toEqual([
    [2020, 3],
    [2021, 1],
    [2021, 4],
    [2022, 2],
    [2022, 5],
    [2022, 8],
  ]);
});

test('a record that only the database refuses is errored with its key and a code by kind; the others are applied', async () => {
  const { desk, acting, table } = await withOrders('refusing');
  await server.pool.query(`create or replace function sales.keep() returns trigger language plpgsql as $$
    begin if old.number = 4 then raise exception 'order 4 is kept'; end if; return coalesce(new, old); end $$`);
  await server.pool.query(
    `create trigger keep before update or delete on ${table} for each row execute function sales.keep()`,
  );
  const lost = await acting.done({ ...SET, values: { customer: 'c9' }, criteria_json: where('number', 'in', [3, 4]) });
  expect(await errored(desk, lost)).toMatchObject([
    {
      line: 1,
      code: 'reference_missing',
      column: 'customer',
      reason: expect.stringContaining('Record "2020, 3": customer refers'),
    },
    { line: 2, code: 'refused', reason: expect.stringContaining('Record "2021, 4": ') },
  ]);
  const kept = await acting.done({ ...DELETE, criteria_json: where('number', 'lte', 4) });
  expect(kept).toMatchObject({ outcomes: { deleted: 3, errored: 1 } });
  expect(await rows(table, 'number')).toEqual([[6], [9], [4], [7], [5], [8]]);
  const checked = await acting.done({ ...SET, values: { amount: -1 } });
  expect(checked).toMatchObject({ outcomes: { updated: 0, errored: 6 } });
  const causes = await desk.ask(`/bulk-tasks/${String(checked.job_id)}/causes`);
  expect(causes.text).toContain('check_violated');
});

test('what identifies a record, and what the database computes, cannot be set; a value that fits no row is refused at once or is errored', async () => {
  const { desk, acting } = await withOrders('fixed');
  expect(await acting.refused({ ...SET, values: { year: 2020, double: 2, amount: '1.234', note: 3 } })).toEqual({
    'values.year': expect.stringContaining('identifies the record'),
    'values.double': 'double is read-only: its declaration says so',
    'values.amount': expect.stringMatching(/^amount must be/),
  });
  const long = await acting.done({
    ...SET,
    values: { note: 'longer than ten' },
    criteria_json: where('number', 'eq', 1),
  });
  expect(await errored(desk, long)).toMatchObject([{ code: 'invalid_value', column: 'note' }]);
});

test('a table that takes no such change is refused when the job is made', async () => {
  const { acting, table } = await withOrders('unfit');
  await run(`alter table ${table} rename column note to remark`);
  expect(await acting.refused({ ...SET, values: { note: 'x' } })).toEqual({
    resource: expect.stringContaining('note'),
  });
});

test('a preview seals the keys: a job touches only those that still match', async () => {
  const { acting, table } = await withOrders('sealed');
  const criteria_json = where('amount', 'lte', 4);
  const asked = { ...SET, criteria_json, values: { note: 'x' } };
  const { json } = await acting.ask('/preview', asked);
  expect(json).toMatchObject({ preview_count: 4 });
  expect((json.sample as unknown as Json[]).map(({ number }) => number)).toEqual([3, 1, 4, 2]);
  const sealed = { ...asked, preview_token: json.preview_token };
  await run(`update ${table} set amount = 100 where number = 4`);
  expect(await acting.done(sealed)).toMatchObject({ outcomes: { updated: 3 } });
  await run(`update ${table} set amount = 1 where number = 9`);
  expect((await acting.job(sealed)).status).toBe(412);
  expect((await rows(table)).filter((row) => (row as unknown[])[4] === 'x')).toHaveLength(3);
});

test.for([
  ['slug', 'text'],
  ['id', 'uuid'],
])('of a table with several organizations by %s, nobody sets or deletes those of another', async ([holds, type]) => {
  await run(
    `create table sales.by_${holds} (tenant ${type} not null, code text not null, note text, primary key (tenant, code))`,
  );
  const declaration = {
    fields: [{ name: 'code' }, { name: 'note' }],
    primaryKey: 'code',
    openbulk: { name: `by-${holds}`, schema: 'sales', table: `by_${holds}`, organization: { column: 'tenant', holds } },
  };
  await applyResource({ pool: server.pool }, { owner: null, source: declaration, mayAdopt: () => true });
  const [one, two] = [await openDesk(server, `one-by-${holds}`), await openDesk(server, `two-by-${holds}`)];
  for (const desk of [one, two]) await desk.imported(`by-${holds}`, 'code,note\nA,a\nB,b\n');
  const acting = act(server, one);
  const on = { resource: `by-${holds}` };
  expect(await acting.done({ ...on, action_type: 'set', values: { note: 'x' } })).toMatchObject({ affected_count: 2 });
  expect(await acting.done({ ...on, action_type: 'delete', criteria_json: where('code', 'eq', 'A') })).toMatchObject({
    affected_count: 1,
  });
  expect(await one.records(`by-${holds}`)).toEqual([{ code: 'B', note: 'x' }]);
  expect(await two.records(`by-${holds}`)).toEqual([
    { code: 'A', note: 'a' },
    { code: 'B', note: 'b' },
  ]);
});
