import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_PERMISSIONS } from '../../../src/auth/permissions.ts';
import { listRecords } from '../../../src/service/records/list-records.ts';
import { adoptTable } from '../../../src/service/resources/adopt/adopt-table.ts';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { findDrift } from '../../../src/service/resources/adopt/find-drift.ts';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { getResource } from '../../../src/service/resources/list-resources.ts';
import { type Elsewhere, openElsewhere } from '../../../src/store/elsewhere/databases.ts';
import { type Cuttable, cuttable } from '../../support/crashes/cuttable.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

/** Resources whose tables are in another database, through the API. */
let server: TestServer;
let there: TestDatabase;
let elsewhere: Elsewhere;
let way: Cuttable;
/** Of a role that may do little. */
let poor: URL;

beforeAll(async () => {
  there = await createTestDatabase({ migrated: false });
  await there.pool.query('create schema sales');
  await there.pool.query('create table sales.customers (id text primary key)');
  await there.pool.query(`insert into sales.customers values ('c1'), ('c2')`);
  await there.pool.query(
    `create table sales.shared (tenant text not null, code text not null, note varchar(20), unique (tenant, code));`,
  );
  await there.pool.query(
    `create table sales.by_id (tenant uuid not null, code text not null, note text, primary key (tenant, code))`,
  );
  // What a table there is called says nothing of OpenBulk's own.
  await there.pool.query('create table public.organizations (id uuid primary key, slug text)');
  poor = new URL(there.url);
  poor.username = `poor_${poor.pathname.slice(1)}`;
  poor.password = 'secret-of-poor';
  await there.pool.query(`create role ${poor.username} login password 'secret-of-poor'`);
  await there.pool.query(`grant usage on schema sales to ${poor.username}`);
  await there.pool.query(`grant select, insert, update on all tables in schema sales to ${poor.username}`);
  const away = new URL(there.url);
  away.password = 'hidden-password';
  away.port = '1';
  way = await cuttable(there.url);
  elsewhere = openElsewhere(
    { crm: there.url, poor: poor.href, away: away.href, cut: way.url },
    { applicationName: 'test', max: 4, purpose: 'requests' },
  );
  const rules = ['crm', 'poor', 'away', 'cut'].map((connection) => ({
    slug: '*',
    schema: 'sales',
    table: '*',
    connection,
  }));
  server = await openServer({ elsewhere, adoption: new AdoptionRules(rules) });
});
afterAll(async () => {
  await elsewhere.end();
  await there.pool.query(`drop owned by ${poor.username}`);
  await there.pool.query(`drop role ${poor.username}`);
  await there.drop();
  await server.close();
});

const orders = (table: string, more: object = {}) => ({
  fields: [
    { name: 'code', type: 'string' },
    { name: 'customer', type: 'string' },
    { name: 'amount', type: 'number' },
  ],
  primaryKey: 'code',
  openbulk: { name: 'orders', connection: 'crm', schema: 'sales', table, ...more },
});

async function withOrders(slug: string, table: string): Promise<Desk> {
  await there.pool.query(`create table sales.${table} (
    id bigint generated always as identity primary key, code varchar(10) unique not null,
    customer text references sales.customers, amount numeric(10, 2) check (amount > 0))`);
  const desk = await deskOf(slug);
  const { status, text } = await desk.put(orders(table));
  expect(status, text).toBe(200);
  return desk;
}

/** A desk whose workers know the other database. */
async function deskOf(slug: string): Promise<Desk> {
  const working: TestServer['working'] = (body, options) => server.working(body, { elsewhere, ...options });
  return openDesk({ ...server, working }, slug);
}

const problemsOf = ({ json }: { json: Json }) =>
  json.error?.data as unknown as { readonly field: string; readonly problem: string }[];

test('lines are applied there, refused ones have their reasons, and lists and exports read there', async () => {
  const desk = await withOrders('ordering', 'ordering');
  const csv = 'code,customer,amount\nA1,c1,10.50\nA2,c9,11\nA3,c2,-5\nA4,c2,7\nA1,c1,10.5\n';
  const checked = await desk.imported('orders', csv, { override: 'true', dryRun: 'true' });
  expect(checked).toMatchObject({ status: 'completed', numInserts: 2, numSkips: 1, numErrors: 2 });
  expect(await desk.records('orders')).toEqual([]);
  const task = await desk.imported('orders', csv, { override: 'true' });
  expect(task).toMatchObject({ status: 'completed', numInserts: 2, numUpdates: 0, numSkips: 1, numErrors: 2 });
  expect(await desk.records('orders')).toEqual([
    { code: 'A1', customer: 'c1', amount: 10.5 },
    { code: 'A4', customer: 'c2', amount: 7 },
  ]);
  const criteria = encodeURIComponent(JSON.stringify({ field: 'amount', operator: 'gt', value: 8 }));
  expect(await desk.records('orders', `&q=A4`)).toHaveLength(1);
  expect((await desk.ask(`/resources/orders/records?criteria=${criteria}`)).status).toBeLessThan(500);
  expect(await desk.exported('orders', 'csv')).toBe('code,customer,amount\r\nA1,c1,10.50\r\nA4,c2,7.00\r\n');
  expect((await there.pool.query('select code from sales.ordering order by code')).rows).toHaveLength(2);
});

test('a column with the slug, or the id, of the organization keeps records apart', async () => {
  for (const [table, holds] of [
    ['shared', 'slug'],
    ['by_id', 'id'],
  ]) {
    const source = {
      fields: [{ name: 'code' }, { name: 'note' }],
      primaryKey: 'code',
      openbulk: {
        name: `notes-${holds}`,
        connection: 'crm',
        schema: 'sales',
        table,
        organization: { column: 'tenant', holds },
      },
    };
    await applyResource(server, { owner: null, source, mayAdopt: () => true, elsewhere });
    const [one, two] = [await deskOf(`one-${holds}`), await deskOf(`two-${holds}`)];
    await one.imported(`notes-${holds}`, 'code,note\na,of one\n');
    await two.imported(`notes-${holds}`, 'code,note\na,of two\nb,of two\n');
    expect(await one.records(`notes-${holds}`)).toEqual([{ code: 'a', note: 'of one' }]);
    expect(await two.records(`notes-${holds}`)).toHaveLength(2);
    expect(await one.exported(`notes-${holds}`, 'csv')).toBe('code,note\r\na,of one\r\n');
    const { rows } = await there.pool.query(`select tenant from sales.${table} where note = 'of one'`);
    expect(rows).toEqual([{ tenant: holds === 'id' ? one.organizationId : 'one-slug' }]);
  }
});

test('a connection that the process does not know is a problem that names its setting', async () => {
  const desk = await deskOf('unknowing');
  const answer = await desk.plan(orders('x', { connection: 'erp' }));
  expect(answer.status).toBe(400);
  expect(problemsOf(answer)).toEqual([
    {
      field: 'declaration/openbulk/connection',
      problem:
        'This process does not know the connection erp. Set OPENBULK_CONNECTION_ERP to the URL of the database, for every process of OpenBulk.',
    },
  ]);
});

test('a connection without a table is a problem', async () => {
  const desk = await deskOf('tableless');
  const { table: _, schema: __, ...openbulk } = orders('x').openbulk;
  expect(problemsOf(await desk.plan({ ...orders('x'), openbulk }))[0]?.field).toBe('declaration/openbulk/connection');
});

test("a rule for a table of OpenBulk's database is none for the same name elsewhere, nor the other way round", () => {
  const place = { schema: 'sales', table: 'orders' };
  const rules = new AdoptionRules([{ slug: 'acme', schema: 'sales', table: '*', connection: 'crm' }]);
  expect(rules.allow('acme', { ...place, connection: 'crm' })).toBe(true);
  expect(rules.allow('acme', { ...place, connection: 'erp' })).toBe(false);
  expect(rules.allow('acme', place)).toBe(false);
  expect(
    new AdoptionRules([{ slug: '*', schema: 'sales', table: '*' }]).allow('acme', { ...place, connection: 'crm' }),
  ).toBe(false);
});

test('a role that can make no table for markers is told what an administrator must run; then it works', async () => {
  const desk = await deskOf('poor');
  await there.pool.query('create table sales.poor (code text primary key, customer text, amount numeric)');
  await there.pool.query(`grant select, insert, update on sales.poor to ${poor.username}`);
  const { rows } = await there.pool.query(`select to_regclass('openbulk.applied_chunks') is not null as there`);
  if (rows[0].there) await there.pool.query('drop schema openbulk cascade');
  const answer = await desk.plan(orders('poor', { connection: 'poor' }));
  expect(answer.status).toBe(400);
  const [problem] = problemsOf(answer);
  expect(problem?.field).toBe('declaration/openbulk/connection');
  const statements = /run in that database: (.*)$/s.exec(problem?.problem ?? '')?.[1] ?? '';
  for (const statement of statements.split(';')) if (statement.trim()) await there.pool.query(statement);
  expect((await desk.put(orders('poor', { connection: 'poor' }))).status).toBe(200);
  expect(await desk.imported('orders', 'code,customer,amount\na,b,1\n')).toMatchObject({
    status: 'completed',
    numInserts: 1,
  });
});

test('a plan says that the table for markers is made, and makes nothing', async () => {
  await there.pool.query('drop schema if exists openbulk cascade');
  const desk = await deskOf('planning');
  await there.pool.query('create table sales.planned (code text primary key, customer text, amount numeric)');
  const planned = await desk.plan(orders('planned'));
  expect(planned.status, planned.text).toBe(200);
  expect(planned.text).toContain(
    'OpenBulk makes the table openbulk.applied_chunks in the database of the connection crm.',
  );
  const made = async () =>
    (await there.pool.query(`select from pg_namespace where nspname = 'openbulk'`)).rowCount === 1;
  expect(await made()).toBe(false);
  expect((await desk.put(orders('planned'))).status).toBe(200);
  expect(await made()).toBe(true);
});

test('a database that cannot be reached is 503 with its connection, without its secrets, and other resources work', async () => {
  const desk = await deskOf('distant');
  const away = await desk.plan(orders('x', { connection: 'away' }));
  expect(away.status).toBe(503);
  expect(away.text).toContain('The database of the connection away cannot be reached at the moment.');
  expect(away.text).not.toContain('hidden-password');
  expect(JSON.stringify(server.logged)).not.toContain('hidden-password');
  await there.pool.query('create table sales.distant (code text primary key, customer text, amount numeric)');
  expect((await desk.put(orders('distant', { connection: 'cut' }))).status).toBe(200);
  expect(await desk.records('orders')).toEqual([]);
  await way.cut();
  const cut = await desk.ask('/resources/orders/records');
  expect(cut.status).toBe(503);
  expect(cut.text).toContain('The database of the connection cut cannot be reached at the moment.');
  expect(cut.headers.get('retry-after')).toBe('5');
  expect((await desk.ask('/inventory-items')).status).toBe(200);
});

test('a server that was not told of the connection says what it lacks', async () => {
  const desk = await withOrders('untold', 'untold');
  const resource = await getResource(
    server,
    { organizationId: desk.organizationId, permissions: new Set(ALL_PERMISSIONS) },
    'orders',
  );
  const page = {
    organizationId: desk.organizationId,
    sort: 'createdAt',
    descending: false,
    limit: 1,
    offset: 0,
  } as const;
  const listing = listRecords({ pool: server.pool }, resource, page);
  await expect(listing).rejects.toThrow('This process does not know the connection crm. Set OPENBULK_CONNECTION_CRM.');
});

test('a table of another OpenBulk, or that of the markers, cannot be adopted', async () => {
  const desk = await deskOf('greedy');
  for (const [schema, table] of [
    ['openbulk', 'applied_chunks'],
    ['engine', 'tasks'],
  ]) {
    await there.pool.query(`create schema if not exists engine`);
    for (const name of ['tasks', 'task_chunks'])
      await there.pool.query(
        `create table if not exists engine.${name} (code text primary key, customer text, amount numeric)`,
      );
    const given = {
      owner: desk.organizationId,
      source: orders(`${table}`, { schema }),
      mayAdopt: () => true,
      elsewhere,
    };
    await expect(applyResource(server, given)).rejects.toMatchObject({
      problems: [{ message: `${schema}.${table} belongs to OpenBulk. Name a table of your own.` }],
    });
  }
});

test('a declaration is made of a table there, drift is found there, and removal leaves the table as it is', async () => {
  const desk = await withOrders('drifting', 'drifting');
  const place = { schema: 'sales', table: 'drifting', connection: 'crm' };
  const { declaration } = await adoptTable(server.pool, place, elsewhere);
  expect(declaration).toMatchObject({ openbulk: { connection: 'crm', schema: 'sales', table: 'drifting' } });
  const context = { pool: server.pool, elsewhere };
  const [before] = await findDrift(context, desk.organizationId);
  expect(before).toMatchObject({ name: 'orders', problems: [] });
  await there.pool.query('alter table sales.drifting drop column amount');
  const [after] = await findDrift(context, desk.organizationId);
  expect(after?.problems[0]).toContain('sales.drifting has no column amount.');
  const [unknown] = await findDrift({ pool: server.pool }, desk.organizationId);
  expect(unknown?.problems).toEqual(['This process does not know the connection crm. Set OPENBULK_CONNECTION_CRM.']);
  expect((await desk.ask('/resources/orders', 'DELETE')).status).toBe(200);
  expect((await there.pool.query('select from sales.drifting')).rowCount).toBe(0);
});

test('references by natural key are looked up there, among the records of the organization', async () => {
  for (const statement of [
    `create table sales.clients (id bigint generated always as identity primary key, tenant text not null, number text not null, unique (tenant, number))`,
    `insert into sales.clients (tenant, number) values ('naming', 'N1'), ('others', 'N2')`,
    `create table sales.visits (code text primary key, client_id bigint references sales.clients)`,
  ])
    await there.pool.query(statement);
  const desk = await deskOf('naming');
  const clients = {
    fields: [{ name: 'number' }],
    primaryKey: 'number',
    openbulk: { name: 'clients', connection: 'crm', schema: 'sales', table: 'clients', organization: 'tenant' },
  };
  const visits = {
    fields: [{ name: 'code' }, { name: 'client.number' }],
    primaryKey: 'code',
    foreignKeys: [
      {
        fields: 'client.number',
        reference: { resource: 'clients', fields: 'number' },
        openbulk: { column: 'client_id', holds: 'id', missing: 'create' },
      },
    ],
    openbulk: { name: 'visits', connection: 'crm', schema: 'sales', table: 'visits' },
  };
  for (const declaration of [clients, visits]) {
    const { status, text } = await desk.put(declaration);
    expect(status, text).toBe(200);
  }
  const csv = 'code,client.number\nV1,N1\nV2,N2\nV3,N2\n';
  expect(await desk.imported('visits', csv, { dryRun: 'true' })).toMatchObject({ numInserts: 3, numErrors: 0 });
  expect(await desk.imported('visits', csv)).toMatchObject({ numInserts: 3, numErrors: 0 });
  const { rows } = await there.pool.query('select tenant, number from sales.clients order by id');
  expect(rows).toEqual([
    { tenant: 'naming', number: 'N1' },
    { tenant: 'others', number: 'N2' },
    { tenant: 'naming', number: 'N2' },
  ]);
  const exported = await desk.exported('visits', 'csv');
  expect(exported).toBe(csv.replaceAll('\n', '\r\n'));
  expect(await desk.imported('visits', exported, { override: 'true' })).toMatchObject({ numSkips: 3 });
  const { status, text } = await desk.plan({
    ...visits,
    openbulk: { name: 'visits', schema: 'sales', table: 'visits' },
  });
  expect([status, text]).toEqual([400, expect.stringContaining('not allowed to use sales.visits')]);
  const given = {
    owner: desk.organizationId,
    source: { ...visits, openbulk: { name: 'visits', schema: 'sales', table: 'visits' } },
    mayAdopt: () => true,
    elsewhere,
  };
  await expect(applyResource(server, given)).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining('Both must be in the same database.') }],
  });
});
