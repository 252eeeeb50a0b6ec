import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { openServer, type TestServer } from '../server.ts';
import { customers, type Desk, openDesk } from './desk.ts';

let server: TestServer;
let acme: Desk;
let other: Desk;

beforeAll(async () => {
  server = await openServer({
    adoption: new AdoptionRules([
      { slug: 'acme', schema: 'crm', table: '*' },
      { slug: '*', schema: 'crm', table: 'shared.list' },
      { slug: 'acme', schema: 'public', table: '*' },
      { slug: 'acme', schema: 'openbulk_records', table: '*' },
    ]),
  });
  const statements = [
    'create schema crm',
    'create schema secret',
    'create table secret.salaries (code text primary key, amount integer)',
    'create table crm.customers (code varchar(10) primary key, name text not null, amount numeric(10, 2))',
    'create table crm.loose (note text)',
    'create table crm."shared.list" (tenant text not null, code text not null, unique (tenant, code))',
    'create view crm.names as select code, name from crm.customers',
    'create table crm.parted (code text primary key) partition by hash (code)',
    'create table crm.parted_0 partition of crm.parted for values with (modulus 1, remainder 0)',
  ];
  for (const statement of statements) await server.pool.query(statement);
  acme = await openDesk(server, 'acme');
  other = await openDesk(server, 'other');
});
afterAll(() => server.close());

interface Listed {
  readonly table: string;
  readonly schema: string;
  readonly kind: string;
  readonly adoptable: boolean;
  readonly reasons: string[];
  readonly columns: object[];
  readonly resources: string[];
}

async function tablesOf(desk: Desk): Promise<Listed[]> {
  const { status, text, json } = await desk.ask('/resources/tables');
  expect(status, text).toBe(200);
  return (json.data as unknown as { items: Listed[] }).items;
}

test('an organization sees the tables that it may adopt, with their columns, and why one cannot be', async () => {
  const found = await tablesOf(acme);
  expect(found.map(({ schema, table, kind, adoptable }) => [`${schema}.${table}`, kind, adoptable])).toEqual([
    ['crm.customers', 'table', true],
    ['crm.loose', 'table', false],
    ['crm.names', 'view', expect.any(Boolean)],
    ['crm.parted', 'partitioned table', true],
    ['crm.shared.list', 'table', true],
  ]);
  const [first, loose] = found;
  expect(first?.columns).toEqual([
    { name: 'code', type: 'character varying(10)' },
    { name: 'name', type: 'text' },
    { name: 'amount', type: 'numeric(10,2)' },
  ]);
  expect(loose?.reasons.join(' ')).toContain('has no unique index on');
});

test('and nothing of others: neither in the list nor by asking for one', async () => {
  expect((await tablesOf(other)).map(({ table }) => table)).toEqual(['shared.list']);
  const hidden = await other.ask('/resources/tables/crm.customers/declaration');
  const missing = await other.ask('/resources/tables/crm.nothing/declaration');
  expect([hidden.status, hidden.json]).toEqual([404, missing.json]);
  for (const table of ['secret.salaries', 'public.tasks', 'pg_catalog.pg_class', 'nothing', '%00']) {
    expect((await acme.ask(`/resources/tables/${table}/declaration`)).status).toBe(404);
  }
  expect((await acme.ask('/resources/tables', 'GET', undefined, ['base.bulk.management.list'])).status).toBe(403);
});

test('a table gives a declaration that adopts it, and is then listed with its resource', async () => {
  const answer = await acme.ask('/resources/tables/crm.customers/declaration');
  expect(answer.status, answer.text).toBe(200);
  const { declaration } = answer.json.data as unknown as { declaration: { openbulk: object } };
  expect(declaration).toMatchObject({ primaryKey: ['code'], openbulk: { name: 'customers', schema: 'crm' } });
  const applied = await acme.put(declaration);
  expect(applied.status, applied.text).toBe(200);
  expect((await tablesOf(acme))[0]?.resources).toEqual(['customers']);
  expect((await acme.ask('/resources/customers')).json.data).toMatchObject({ adopted: true, recordMembers: {} });
  const shared = await other.ask('/resources/tables/crm.shared.list/declaration?organization=tenant');
  expect(shared.json.data?.declaration).toMatchObject({
    openbulk: { organization: { column: 'tenant', holds: 'slug' } },
  });
  const loose = await acme.ask('/resources/tables/crm.loose/declaration');
  expect([loose.status, loose.text]).toMatchObject([400, expect.stringContaining('has no unique index on')]);
});

test('where a declaration and its table have come apart is served', async () => {
  const desk = await openDesk(server, 'drifting');
  await desk.put(customers());
  const drift = async () =>
    (await desk.ask('/resources/drift')).json.data?.items as unknown as { problems: string[] }[];
  expect(await drift()).toEqual([
    { name: 'customers', table: expect.stringMatching(/^openbulk_records\.customers__/), problems: [] },
  ]);
  const [{ table } = { table: '' }] = (await drift()) as unknown as { table: string }[];
  await server.pool.query(`alter table ${table} drop column since`);
  expect((await drift())[0]?.problems).toEqual([expect.stringContaining('The table was changed by someone else')]);
  expect((await desk.ask('/resources/drift', 'GET', undefined, ['base.bulk.management.list'])).status).toBe(403);
});
