import { afterAll, beforeAll, expect, test } from 'vitest';
import { adoptTable } from '../../../src/service/resources/adopt/adopt-table.ts';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { findDrift } from '../../../src/service/resources/adopt/find-drift.ts';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer({
    adoption: new AdoptionRules([
      { slug: '*', schema: 'sales', table: '*' },
      { slug: 'acme', schema: 'public', table: 'tasks' },
    ]),
  });
  await run(`
    create schema sales;
    create schema secret;
    create table secret.salaries (code text primary key, amount integer);
    create table sales.customers (id text primary key);
    insert into sales.customers values ('c1'), ('c2');
    create type sales.status as enum ('open', 'closed');
    create table sales.shared (tenant text not null, code text not null, note varchar(20), unique (tenant, code));
    create table sales.by_id (tenant uuid not null, code text not null, note text, primary key (tenant, code));`);
});
afterAll(() => server.close());

async function run(sql: string): Promise<void> {
  for (const statement of sql.split(';')) if (statement.trim()) await server.pool.query(statement);
}

const orders = (table: string, more: object = {}) => ({
  fields: [
    { name: 'code', type: 'string' },
    { name: 'customer', type: 'string' },
    { name: 'amount', type: 'number' },
    { name: 'placed', type: 'date' },
    { name: 'status', type: 'string' },
  ],
  primaryKey: 'code',
  openbulk: { name: 'orders', schema: 'sales', table, ...more },
});

/** An organization with a table of orders, which refuses rows in several ways, and a resource that adopts it. */
async function withOrders(slug: string, table: string): Promise<Desk> {
  await run(`create table sales.${table} (
    id bigint generated always as identity primary key, code varchar(10) unique not null,
    customer text references sales.customers, amount numeric(10, 2) check (amount > 0), placed date, status sales.status,
    note text not null default 'none')`);
  const desk = await openDesk(server, slug);
  const { status, text } = await desk.put(orders(table));
  expect(status, text).toBe(200);
  return desk;
}

const HEADER = 'code,customer,amount,placed,status\n';

test('a line that only the database can refuse is an errored line with the reason; the others are applied', async () => {
  const desk = await withOrders('refusing', 'refusing');
  const csv = `${HEADER}A1,c1,10.50,2026-01-02,open
A2,c9,11,2026-01-02,open
A3,c2,-5,2026-01-02,open
A4,c2,7,2026-01-02,shut
A5,c2,7,2026-13-02,open
A6,c1,99,2026-02-03,closed
A1,c1,10.5,2026-01-02,open
`;
  const task = await desk.imported('orders', csv, { override: 'true' });
  expect(task).toMatchObject({ status: 'completed', numInserts: 2, numUpdates: 0, numSkips: 1, numErrors: 4 });
  const { json } = await desk.ask(`/bulk-tasks/${String(task.id)}/lines?outcome=errored`);
  const lines = (json.data as Json).lines as unknown as {
    line: number;
    code: string;
    column?: string;
    reason: string;
  }[];
  expect(lines.map(({ line, code, column }) => [line, code, column])).toEqual([
    [3, 'reference_missing', 'customer'],
    [4, 'check_violated', 'amount'],
    [5, 'invalid_value', 'status'],
    [6, 'invalid_value', 'placed'],
  ]);
  expect(lines[0]?.reason).toBe('customer refers to a record that does not exist (constraint refusing_customer_fkey).');
  expect(await desk.records('orders')).toEqual([
    { code: 'A1', customer: 'c1', amount: 10.5, placed: '2026-01-02', status: 'open' },
    { code: 'A6', customer: 'c1', amount: 99, placed: '2026-02-03', status: 'closed' },
  ]);
});

test('a file that lacks a column that must not be null changes the records that are there', async () => {
  const desk = await withOrders('partial', 'partial');
  await run(`alter table sales.partial alter column placed set not null`);
  await desk.imported('orders', `${HEADER}A1,c1,1,2026-01-02,open\n`);
  const task = await desk.imported('orders', 'code,amount\nA1,2\nA2,3\n', { override: 'true' });
  expect(task).toMatchObject({ numInserts: 0, numUpdates: 1, numErrors: 1 });
  expect((await desk.records('orders'))[0]).toMatchObject({ code: 'A1', amount: 2, placed: '2026-01-02' });
});

test('a dry run says what a run makes of each line, and leaves the table as it is', async () => {
  const desk = await withOrders('rehearsed', 'rehearsed');
  await desk.imported('orders', `${HEADER}A1,c1,1,2026-01-02,open\n`);
  const csv = `${HEADER}A1,c1,2,2026-01-02,open\nA2,c9,2,2026-01-02,open\nA3,c2,2,2026-01-02,open\nA3,c2,3,2026-01-02,open\n`;
  const figures = ({ numInserts, numUpdates, numSkips, numErrors }: Json) => [
    numInserts,
    numUpdates,
    numSkips,
    numErrors,
  ];
  const dry = await desk.imported('orders', csv, { override: 'true', dryRun: 'true' });
  expect(figures(dry)).toEqual([1, 2, 0, 1]);
  expect(await desk.records('orders')).toHaveLength(1);
  expect(figures(await desk.imported('orders', csv, { override: 'true' }))).toEqual([1, 2, 0, 1]);
});

test('its records are listed in the order of their key, searched, filtered, and exported for an import that changes nothing', async () => {
  const desk = await withOrders('reading', 'reading');
  const rows = Array.from({ length: 25 }, (_, at) => `B${String(at).padStart(2, '0')},c1,${at + 1},2026-01-02,open\n`);
  await desk.imported('orders', HEADER + rows.join(''));
  const codes = async (query: string) => (await desk.records('orders', query)).map(({ code }) => code);
  expect(await codes('&limit=3&page=2')).toEqual(['B03', 'B04', 'B05']);
  expect(await codes('&q=b1')).toHaveLength(10);
  const criteria = encodeURIComponent(
    JSON.stringify({
      all: [
        { field: 'status', op: 'eq', value: 'open' },
        { field: 'amount', op: 'gt', value: 23 },
      ],
    }),
  );
  expect(await codes(`&criteria=${criteria}`)).toEqual(['B23', 'B24']);
  const csv = await desk.exported('orders', 'csv');
  expect(csv.split('\r\n').slice(0, 2)).toEqual(['code,customer,amount,placed,status', 'B00,c1,1.00,2026-01-02,open']);
  expect(await desk.imported('orders', csv, { override: 'true' })).toMatchObject({ numSkips: 25, numItems: 25 });
  const ndjson = (await desk.exported('orders', 'ndjson')).split('\n');
  expect(JSON.parse(ndjson[0] as string)).toEqual({
    code: 'B00',
    customer: 'c1',
    amount: 1,
    placed: '2026-01-02',
    status: 'open',
  });
});

const shared = (table: string, holds: string) => ({
  fields: [{ name: 'code' }, { name: 'note' }],
  primaryKey: 'code',
  openbulk: {
    name: `of-${table.replace('_', '-')}`,
    schema: 'sales',
    table,
    organization: { column: 'tenant', holds },
  },
});

test.for([
  ['shared', 'slug'],
  ['by_id', 'id'],
] as const)(
  'a column of %s says whose a record is: nobody sees or changes what is of another',
  async ([table, holds]) => {
    const declaration = shared(table, holds);
    const { name } = declaration.openbulk;
    const given = { source: declaration, mayAdopt: () => true };
    await applyResource({ pool: server.pool }, { owner: null, ...given });
    const [one, two] = [await openDesk(server, `one-${holds}`), await openDesk(server, `two-${holds}`)];
    await one.imported(name, 'code,note\nA,of one\n');
    await two.imported(name, 'code,note\nA,of two\nB,of two\n');
    expect(await two.imported(name, 'code,note\nA,changed\n', { override: 'true' })).toMatchObject({ numUpdates: 1 });
    expect(await one.records(name)).toEqual([{ code: 'A', note: 'of one' }]);
    expect(await two.records(name)).toEqual([
      { code: 'A', note: 'changed' },
      { code: 'B', note: 'of two' },
    ]);
    expect(await one.exported(name, 'csv')).toBe('code,note\r\nA,of one\r\n');
  },
);

test('every organization has a table only by a column that says whose a record is', async () => {
  const given = { owner: null, source: orders('shared', { name: 'everywhere' }), mayAdopt: () => true };
  await expect(applyResource({ pool: server.pool }, given)).rejects.toMatchObject({
    problems: [{ field: 'declaration/openbulk/organization' }],
  });
});

test('an organization adopts what an operator allows, and no table of OpenBulk', async () => {
  const desk = await openDesk(server, 'acme');
  const refused = async (schema: string, table: string) => {
    const fields = [{ name: schema === 'public' ? 'id' : 'code', type: 'string' }];
    const { name } = fields[0] as { name: string };
    const { status, json } = await desk.put({ fields, primaryKey: name, openbulk: { name: 'things', schema, table } });
    return [status, JSON.stringify(json)];
  };
  expect(await refused('secret', 'salaries')).toEqual([
    400,
    expect.stringContaining('not allowed to use secret.salaries'),
  ]);
  expect(await refused('secret', 'nothing')).toEqual([
    400,
    expect.stringContaining('not allowed to use secret.nothing'),
  ]);
  expect(await refused('public', 'tasks')).toEqual([400, expect.stringContaining('belongs to OpenBulk')]);
  expect(await refused('sales', 'nothing')).toEqual([400, expect.stringContaining('no table sales.nothing')]);
});

test('a table that is only exported needs a key, and is none of the system', async () => {
  await run('create table sales.loose (code text, note text)');
  const given = (schema: string, table: string, name: string) => ({
    owner: null,
    mayAdopt: () => true,
    source: {
      fields: [{ name }],
      primaryKey: name,
      openbulk: { name: 'loose', schema, table, operations: ['export'], organization: name },
    },
  });
  const problemsOf = async (schema: string, table: string, name: string) => {
    const refused = await applyResource({ pool: server.pool }, given(schema, table, name)).catch((error) => error);
    return JSON.stringify(refused.problems);
  };
  expect(await problemsOf('sales', 'loose', 'code')).toContain('no unique index on code');
  expect(await problemsOf('pg_catalog', 'pg_authid', 'rolname')).toContain('belongs to PostgreSQL');
});

test('what does not agree with the table is told by field, and so is what was changed later', async () => {
  const desk = await withOrders('drifting', 'drifting');
  const other = orders('drifting');
  const fields = [...other.fields, { name: 'colour', type: 'string' }].map((field) =>
    field.name === 'placed' ? { ...field, type: 'boolean' } : field,
  );
  const { json, status } = await desk.plan({ ...other, fields });
  expect(status).toBe(400);
  expect(JSON.stringify(json)).toMatch(/fields\/3\/type.*fields\/5\/openbulk\/column/);
  const drift = async () => (await findDrift({ pool: server.pool }, desk.organizationId))[0]?.problems;
  expect(await drift()).toEqual([]);
  await run(
    'alter table sales.drifting drop column placed; alter table sales.drifting drop constraint drifting_code_key',
  );
  expect(await drift()).toEqual([expect.stringContaining('has no column placed')]);
  const task = await desk.imported('orders', `${HEADER}A1,c1,1,2026-01-02,open\n`);
  expect(task).toMatchObject({ status: 'failed', error: expect.stringContaining('has no column placed') });
});

test('removing the resource leaves the table, and its records', async () => {
  const desk = await withOrders('removing', 'removing');
  await desk.imported('orders', `${HEADER}A1,c1,1,2026-01-02,open\n`);
  const made = { fields: [{ name: 'code' }], primaryKey: 'code', openbulk: { name: 'orders' } };
  expect((await desk.put(made)).status).toBe(409);
  expect((await desk.ask('/resources/orders', 'DELETE')).status).toBe(200);
  const { rows } = await server.pool.query('select code from sales.removing');
  expect(rows).toEqual([{ code: 'A1' }]);
  expect((await desk.put(made)).status).toBe(200);
  expect((await desk.put(orders('removing'))).status).toBe(409);
});

test('the declaration that is made for a table takes an export of it', async () => {
  await run(`create table sales.kinds (
    code text primary key, flag boolean, small smallint, big bigint, money numeric(8, 3), ratio double precision, day date, at time,
    moment timestamptz, plain timestamp, id uuid, raw bytea, doc jsonb, tags text[], numbers integer[], state sales.status, net inet,
    span interval, twice integer generated always as (small * 2) stored, "Üser ""name" varchar(5), "order" text)`);
  await run(`insert into sales.kinds values ('a', true, 3, 9007199254740993, 1.5, 0.25, '2026-01-31', '10:00', '2026-01-31T10:00Z',
    '2026-01-31T10:00', gen_random_uuid(), '\\xff00', '{"a": [1]}', '{"x,y",z}', '{1,2}', 'open', '10.0.0.1', '1 day', default, 'é', 'x')`);
  await run(`insert into sales.kinds (code) values ('b')`);
  const { declaration, remarks } = await adoptTable(server.pool, { schema: 'sales', table: 'kinds' });
  expect(remarks).toEqual([]);
  const desk = await openDesk(server, 'kinds');
  const { status, text } = await desk.put(declaration as { openbulk: object });
  expect(status, text).toBe(200);
  const csv = await desk.exported('kinds', 'csv');
  const task = await desk.imported('kinds', csv, { override: 'true' });
  expect(task).toMatchObject({ numSkips: 2, numItems: 2 });
  const [first] = await desk.records('kinds');
  expect(first).toMatchObject({
    flag: true,
    small: 3,
    tags: ['x,y', 'z'],
    numbers: [1, 2],
    doc: { a: [1] },
    twice: 6,
    net: '10.0.0.1/32',
  });
});
