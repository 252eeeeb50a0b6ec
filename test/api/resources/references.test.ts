import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adoptTable } from '../../../src/service/resources/adopt/adopt-table.ts';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { findDrift } from '../../../src/service/resources/adopt/find-drift.ts';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { withSession } from '../../../src/store/connection/pool.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import { startScheduled } from '../../../src/store/tasks/scheduled.ts';
import type { Task } from '../../../src/task/task.ts';
import { act, where } from '../actions/records.ts';
import { type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

/** References by natural key, where the table holds something else of the other record. */
let server: TestServer;
let made = 0;

const SHOP = join(import.meta.dirname, '../../../examples/shop');

beforeAll(async () => {
  server = await openServer({ adoption: new AdoptionRules([{ slug: '*', schema: 'sales', table: '*' }]) });
  await run('create schema sales');
});
afterAll(() => server.close());

async function run(sql: string): Promise<void> {
  for (const statement of sql.split(';')) if (statement.trim()) await server.pool.query(statement);
}

const customers = (table: string, more: object = {}) => ({
  fields: [{ name: 'number' }, { name: 'name' }],
  primaryKey: 'number',
  openbulk: { name: 'customers', schema: 'sales', table, ...more },
});

const orders = (table: string, options: object = {}, more: object = {}) => ({
  fields: [{ name: 'number' }, { name: 'customer.number' }, { name: 'note' }],
  primaryKey: 'number',
  foreignKeys: [
    {
      fields: 'customer.number',
      reference: { resource: 'customers', fields: 'number' },
      openbulk: { column: 'customer_id', holds: 'id', ...options },
    },
  ],
  openbulk: { name: 'orders', schema: 'sales', table, ...more },
});

interface Shop {
  readonly desk: Desk;
  readonly customers: string;
  readonly orders: string;
}

/** An organization with customers C1 and C2, and no orders. */
async function openShop(options: object = {}, more: object = {}): Promise<Shop> {
  made += 1;
  const names = { customers: `customers_${made}`, orders: `orders_${made}` };
  await run(`
    create table sales.${names.customers} (
      id bigint generated always as identity (start with ${made * 1000}) primary key, number text not null unique, name text check (name <> 'nobody'));
    insert into sales.${names.customers} (number, name) values ('C1', 'Ada'), ('C2', 'Grace');
    create table sales.${names.orders} (
      id bigint generated always as identity primary key, number text not null unique,
      customer_id bigint references sales.${names.customers}, note text)`);
  const desk = await openDesk(server, `shop-${made}`);
  for (const declaration of [customers(names.customers), orders(names.orders, options, more)]) {
    const { status, text } = await desk.put(declaration);
    expect(status, text).toBe(200);
  }
  return { desk, ...names };
}

async function faultsOf(desk: Desk, task: Json): Promise<unknown[]> {
  const { json } = await desk.ask(`/bulk-tasks/${String(task.id)}/lines?outcome=errored`);
  const { lines } = json.data as unknown as {
    lines: { line: number; code: string; column?: string; reason: string }[];
  };
  return lines.map(({ line, code, column, reason }) => [line, code, column, reason]);
}

const figures = ({ numInserts, numUpdates, numSkips, numErrors }: Json) => [
  numInserts,
  numUpdates,
  numSkips,
  numErrors,
];

test('a line names a record by its key, and the table holds what it holds of it', async () => {
  const { desk, ...tables } = await openShop();
  const csv = 'number,customer.number,note\nO1,C1,a\nO2,C9,b\nO3,,c\nO4,C2,d\nO1,C2,a\n';
  const task = await desk.imported('orders', csv, { override: 'true' });
  expect(figures(task)).toEqual([3, 1, 0, 1]);
  expect(await faultsOf(desk, task)).toEqual([
    [
      3,
      'reference_missing',
      'customer.number',
      'customer.number refers to a record of customers that does not exist: "C9".',
    ],
  ]);
  expect(await desk.records('orders')).toEqual([
    { number: 'O1', customer: { number: 'C2' }, note: 'a' },
    { number: 'O3', note: 'c' },
    { number: 'O4', customer: { number: 'C2' }, note: 'd' },
  ]);
  const { rows } = await server.pool.query(
    `select o.number, c.number as customer from sales.${tables.orders} o left join sales.${tables.customers} c on c.id = o.customer_id order by 1`,
  );
  expect(rows).toEqual([
    { number: 'O1', customer: 'C2' },
    { number: 'O3', customer: null },
    { number: 'O4', customer: 'C2' },
  ]);
});

const upsert = { override: 'true' };

test('what an export writes changes nothing when it is imported, and lists are searched and filtered by what references name', async () => {
  const { desk, ...tables } = await openShop();
  const lines = Array.from({ length: 30 }, (_, at) => `O${at},${['C1', 'C2', ''][at % 3]},${at % 2 ? 'x' : ''}\n`);
  expect(figures(await desk.imported('orders', `number,customer.number,note\n${lines.join('')}`))).toEqual([
    30, 0, 0, 0,
  ]);
  const csv = await desk.exported('orders', 'csv');
  expect(csv.split('\r\n').slice(0, 3)).toEqual(['number,customer.number,note', 'O0,C1,', 'O1,C2,x']);
  expect(figures(await desk.imported('orders', csv, upsert))).toEqual([0, 0, 30, 0]);
  const criteria = encodeURIComponent(JSON.stringify({ field: 'customer.number', op: 'eq', value: 'C2' }));
  expect(await desk.records('orders', `&criteria=${criteria}`)).toHaveLength(10);
  expect(await desk.records('orders', '&q=c1')).toHaveLength(10);
  // The key of a customer is another one: so its orders name it.
  await run(`update sales.${tables.customers} set number = 'C3' where number = 'C2'`);
  expect(await desk.exported('orders', 'csv')).toContain('O1,C3,x');
  const again = (await desk.exported('orders', 'csv')).replace('O1,C3', 'O1,C1');
  expect(figures(await desk.imported('orders', again, upsert))).toEqual([0, 1, 29, 0]);
});

test('a file without the fields of a reference leaves it as it is, and a blank one removes it', async () => {
  const { desk } = await openShop();
  await desk.imported('orders', 'number,customer.number,note\nO1,C1,a\nO2,C2,a\n');
  expect(figures(await desk.imported('orders', 'number,note\nO1,b\n', upsert))).toEqual([0, 1, 0, 0]);
  expect(figures(await desk.imported('orders', 'number,customer.number\nO1,\nO2,C2\n', upsert))).toEqual([0, 1, 1, 0]);
  expect(await desk.records('orders')).toEqual([
    { number: 'O1', note: 'b' },
    { number: 'O2', customer: { number: 'C2' }, note: 'a' },
  ]);
});

test('where blank cells leave values as they are, a blank reference leaves the one that is there', async () => {
  const { desk } = await openShop({ missing: 'null' });
  await desk.imported('orders', 'number,customer.number,note\nO1,C1,a\nO2,C2,a\n');
  const keeps = { ...upsert, blankCells: 'keep' };
  const csv = 'number,customer.number,note\nO1,,b\nO2,C1,\nO3,C9,c\n';
  expect(figures(await desk.imported('orders', csv, keeps))).toEqual([1, 2, 0, 0]);
  expect(figures(await desk.imported('orders', csv, keeps))).toEqual([0, 0, 3, 0]);
  expect(await desk.records('orders')).toEqual([
    { number: 'O1', customer: { number: 'C1' }, note: 'b' },
    { number: 'O2', customer: { number: 'C1' }, note: 'a' },
    { number: 'O3', note: 'c' },
  ]);
});

test('references are set by criteria, for a time as well, as an import sets them', async () => {
  const { desk } = await openShop();
  const acting = act(server, desk);
  await desk.imported('orders', 'number,customer.number,note\nO1,C1,a\nO2,C2,a\nO3,,a\n');
  const set = { resource: 'orders', action_type: 'set' };
  const named = async () => (await desk.records('orders')).map(({ customer }) => customer?.number);
  const lost = await acting.done({ ...set, values: { 'customer.number': 'C9' } });
  expect(lost).toMatchObject({ outcomes: { updated: 0, errored: 3 } });
  const criteria_json = where('customer.number', 'eq', 'C2');
  const job = await acting.done({ ...set, criteria_json, values: { 'customer.number': 'C1' }, action_duration: 3600 });
  expect(job).toMatchObject({ outcomes: { updated: 1 } });
  expect(await named()).toEqual(['C1', 'C1', undefined]);
  await server.pool.query(
    `update tasks set scheduled_at = now() where organization_id = $1 and action like 'revert-%' and status = 'scheduled'`,
    [desk.organizationId],
  );
  const { rows } = await server.pool.query<{ id: string }>(
    `select id from tasks where organization_id = $1 and action like 'revert-%' and status = 'scheduled'`,
    [desk.organizationId],
  );
  await startScheduled(server.pool, server.turns);
  const { id } = rows[0] as { id: string };
  await server.working(() => server.finished({ id, organizationId: desk.organizationId } as Task));
  expect(await named()).toEqual(['C1', 'C2', undefined]);
  expect(await acting.done({ ...set, values: { 'customer.number': 'C1' } })).toMatchObject({
    outcomes: { updated: 2, skipped: 1 },
  });
  expect(
    await acting.done({ ...set, criteria_json: where('number', 'eq', 'O3'), values: { 'customer.number': null } }),
  ).toMatchObject({ outcomes: { updated: 1 } });
  expect((await named())[2]).toBeUndefined();
});

test('a reference that names no record is left out, or its record is created once, by declaration', async () => {
  const csv = 'number,customer.number,note\nO1,C8,a\nO2,C8,b\nO3,C1,c\n';
  const without = await openShop({ missing: 'null' });
  expect(figures(await without.desk.imported('orders', csv))).toEqual([3, 0, 0, 0]);
  expect(figures(await without.desk.imported('orders', csv, upsert))).toEqual([0, 0, 3, 0]);
  expect(await without.desk.records('orders')).toEqual([
    { number: 'O1', note: 'a' },
    { number: 'O2', note: 'b' },
    { number: 'O3', customer: { number: 'C1' }, note: 'c' },
  ]);
  const creating = await openShop({ missing: 'create', create: { name: 'unknown' } });
  const tried = await creating.desk.imported('orders', csv, { dryRun: 'true' });
  expect(figures(tried)).toEqual([3, 0, 0, 0]);
  expect(await creating.desk.records('customers')).toHaveLength(2);
  expect(figures(await creating.desk.imported('orders', csv))).toEqual([3, 0, 0, 0]);
  expect(await creating.desk.records('customers')).toEqual([
    { number: 'C1', name: 'Ada' },
    { number: 'C2', name: 'Grace' },
    { number: 'C8', name: 'unknown' },
  ]);
});

test('a record that the database does not let be created has its line refused, and a line that is refused creates none', async () => {
  const { desk, ...tables } = await openShop({ missing: 'create', create: { name: 'nobody' } });
  await run(`alter table sales.${tables.orders} add constraint no_b check (note <> 'b')`);
  const task = await desk.imported('orders', 'number,customer.number,note\nO1,C8,a\nO2,C1,c\n');
  expect(figures(task)).toEqual([1, 0, 0, 1]);
  expect(await faultsOf(desk, task)).toEqual([
    [
      2,
      'reference_missing',
      'customer.number',
      expect.stringMatching(
        /^customer\.number refers to a record of customers that does not exist: "C8"\. It could not be created: The record violates the check customers_\d+_name_check of the table\.$/,
      ),
    ],
  ]);
  await run(`alter table sales.${tables.customers} drop constraint ${tables.customers}_name_check`);
  const refused = await desk.imported('orders', 'number,customer.number,note\nO3,C8,b\nO4,C7,a\n');
  expect(figures(refused)).toEqual([1, 0, 0, 1]);
  expect((await desk.records('customers')).map(({ number }) => number)).toEqual(['C1', 'C2', 'C7']);
});

test('each organization names its own records, in tables that several share', async () => {
  await run(`
    create table sales.shared_customers (id bigint generated always as identity primary key, tenant text not null, number text not null, name text, unique (tenant, number));
    insert into sales.shared_customers (tenant, number) values ('left', 'C1'), ('right', 'C1'), ('right', 'C2');
    create table sales.shared_orders (id bigint generated always as identity primary key, tenant text not null, number text not null,
      customer_id bigint references sales.shared_customers, note text, unique (tenant, number))`);
  const tenant = { organization: 'tenant' };
  for (const slug of ['left', 'right']) {
    const desk = await openDesk(server, slug);
    expect((await desk.put(customers('shared_customers', tenant))).status).toBe(200);
    const { status, text } = await desk.put(orders('shared_orders', { missing: 'reject' }, tenant));
    expect(status, text).toBe(200);
    const task = await desk.imported('orders', 'number,customer.number\nO1,C1\nO2,C2\n');
    expect(figures(task)).toEqual(slug === 'left' ? [1, 0, 0, 1] : [2, 0, 0, 0]);
    expect((await desk.records('orders'))[0]).toEqual({ number: 'O1', customer: { number: 'C1' } });
  }
  const { rows } = await server.pool.query(
    'select o.tenant, c.tenant as whose from sales.shared_orders o join sales.shared_customers c on c.id = o.customer_id order by 1',
  );
  expect(rows.every(({ tenant: own, whose }) => own === whose)).toBe(true);
  // What another organization's record is called is not shown.
  await run(
    `update sales.shared_orders set customer_id = (select id from sales.shared_customers where tenant = 'right' and number = 'C2') where tenant = 'left'`,
  );
  const desk = await openDesk(server, 'left-again');
  expect(await desk.ask('/resources/orders/records')).toMatchObject({ status: 404 });
  const { json } = await server.ask('/v1/organizations/left/resources/orders/records', {
    token: await server.token(await idOf('left')),
  });
  expect((json.data as Json).items).toEqual([expect.not.objectContaining({ customer: expect.anything() })]);
});

async function idOf(slug: string): Promise<string> {
  const { rows } = await server.pool.query('select id from organizations where slug = $1', [slug]);
  return rows[0].id;
}

test('a record can be identified by what it refers to, and a key can have several fields', async () => {
  await run(`
    create table sales.places (id uuid default gen_random_uuid() primary key, country text not null, zip integer not null, unique (country, zip));
    insert into sales.places (country, zip) values ('DE', 10115), ('AT', 1010);
    create table sales.hours (place_id uuid not null references sales.places, day integer not null, opens text, primary key (place_id, day))`);
  const desk = await openDesk(server, 'places');
  const places = {
    fields: [{ name: 'country' }, { name: 'zip', type: 'integer' }],
    primaryKey: ['country', 'zip'],
    openbulk: { name: 'places', schema: 'sales', table: 'places' },
  };
  const hours = {
    fields: [
      { name: 'place.zip', type: 'integer' },
      { name: 'place.country' },
      { name: 'day', type: 'integer' },
      { name: 'opens' },
    ],
    primaryKey: ['place.country', 'place.zip', 'day'],
    foreignKeys: [
      {
        fields: ['place.zip', 'place.country'],
        reference: { resource: 'places', fields: ['zip', 'country'] },
        openbulk: { column: 'place_id', holds: 'id' },
      },
    ],
    openbulk: { name: 'hours', schema: 'sales', table: 'hours' },
  };
  for (const declaration of [places, hours]) {
    const { status, text } = await desk.put(declaration);
    expect(status, text).toBe(200);
  }
  const csv =
    'place.country,place.zip,day,opens\nDE,10115,1,9:00\nAT,1010,1,8:00\nAT,99999999999,1,8:00\nDE,10115,2,9:00\nDE,10115,1,10:00\n';
  const task = await desk.imported('hours', csv, upsert);
  expect(figures(task)).toEqual([3, 1, 0, 1]);
  expect(await faultsOf(desk, task)).toEqual([[4, 'reference_missing', 'place.zip', expect.stringContaining('"AT"')]]);
  expect(figures(await desk.imported('hours', await desk.exported('hours', 'csv'), upsert))).toEqual([0, 0, 3, 0]);
  const partly = await desk.imported('hours', 'place.country,place.zip,day\nDE,,1\n', upsert);
  expect(figures(partly)).toEqual([0, 0, 0, 1]);
  const acting = act(server, desk);
  const criteria_json = where('place.country', 'eq', 'AT');
  const set = { resource: 'hours', action_type: 'set', criteria_json, values: { opens: '7:00' } };
  expect(await acting.done(set)).toMatchObject({ outcomes: { updated: 1 } });
  expect((await desk.records('hours')).map(({ opens }) => opens).sort()).toEqual(['10:00', '7:00', '9:00']);
  expect(await acting.done({ resource: 'hours', action_type: 'delete', criteria_json })).toMatchObject({
    outcomes: { deleted: 1 },
  });
  const removed = await desk.imported('hours', 'place.country,place.zip,day\nDE,10115,2\nDE,10116,2\n', {
    mode: 'delete',
  });
  expect([removed.numDeletes, ...((await faultsOf(desk, removed))[0] as unknown[]).slice(0, 2)]).toEqual([
    1,
    3,
    'not_found',
  ]);
  expect(await desk.imported('hours', 'place.country,day\nDE,1\n', upsert)).toMatchObject({ status: 'failed' });
});

test('a line can name a record of the same table that a line before it has made', async () => {
  await run(`create table sales.staff (id integer generated always as identity primary key, code text not null unique,
    boss_id integer references sales.staff, name text)`);
  const desk = await openDesk(server, 'staff');
  const staff = {
    fields: [{ name: 'code' }, { name: 'boss.code' }, { name: 'name' }],
    primaryKey: 'code',
    foreignKeys: [{ fields: 'boss.code', reference: { fields: 'code' }, openbulk: { column: 'boss_id', holds: 'id' } }],
    openbulk: { name: 'staff', schema: 'sales', table: 'staff' },
  };
  const { status, text } = await desk.put(staff);
  expect(status, text).toBe(200);
  const task = await desk.imported('staff', 'code,boss.code,name\nA,,a\nB,A,b\nC,D,c\nD,B,d\nE,E,e\n');
  expect(figures(task)).toEqual([3, 0, 0, 2]);
  expect((await faultsOf(desk, task)).map((fault) => (fault as unknown[]).slice(0, 2))).toEqual([
    [4, 'reference_missing'],
    [6, 'reference_missing'],
  ]);
  expect(figures(await desk.imported('staff', await desk.exported('staff', 'csv'), upsert))).toEqual([0, 0, 3, 0]);
});

test('a key that is not unique any more refuses lines, and drift says so', async () => {
  const { desk, ...tables } = await openShop();
  const drifted = async () =>
    (await findDrift({ pool: server.pool }, desk.organizationId)).find(({ name }) => name === 'orders')?.problems;
  expect(await drifted()).toEqual([]);
  await run(`alter table sales.${tables.customers} drop constraint ${tables.customers}_number_key`);
  await run(`insert into sales.${tables.customers} (number) values ('C1')`);
  expect(await drifted()).toEqual([expect.stringContaining('has no unique index on number')]);
  const task = await desk.imported('orders', 'number,customer.number\nO1,C1\nO2,C2\n');
  expect(await faultsOf(desk, task)).toEqual([
    [2, 'reference_ambiguous', 'customer.number', 'customer.number refers to several records of customers: "C1".'],
  ]);
  await run(`alter table sales.${tables.customers} alter number type varchar(5)`);
  await run(
    `alter table sales.${tables.orders} drop constraint ${tables.orders}_customer_id_fkey, alter customer_id type integer`,
  );
  expect(await drifted()).toEqual([expect.stringContaining('Both must be of the same type.')]);
  await run(`alter table sales.${tables.orders} drop column customer_id`);
  expect(await drifted()).toEqual([expect.stringContaining('has no column customer_id')]);
});

test('a resource to which references are held stays, and an import of what refers to nothing any more fails', async () => {
  const { desk, ...tables } = await openShop();
  const refused = await desk.ask('/resources/customers', 'DELETE');
  expect([refused.status, refused.text]).toEqual([
    409,
    expect.stringContaining('Other resources (orders) refer to customers'),
  ]);
  // A circle: each names the other, so neither goes before the other's foreign key.
  await run(`alter table sales.${tables.customers} add column last_order_id bigint`);
  const circle = {
    ...customers(tables.customers),
    fields: [{ name: 'number' }, { name: 'name' }, { name: 'last.number' }],
    foreignKeys: [
      {
        fields: 'last.number',
        reference: { resource: 'orders', fields: 'number' },
        openbulk: { column: 'last_order_id', holds: 'id' },
      },
    ],
  };
  const { status, text } = await desk.put(circle);
  expect(status, text).toBe(200);
  await desk.imported('orders', 'number,customer.number\nO1,C1\n');
  expect(figures(await desk.imported('customers', 'number,last.number\nC1,O1\nC3,O1\n', upsert))).toEqual([1, 1, 0, 0]);
  expect((await desk.records('customers'))[0]).toEqual({ number: 'C1', name: 'Ada', last: { number: 'O1' } });
  expect((await desk.ask('/resources/orders', 'DELETE')).status).toBe(409);
  // Its key is another one: what the orders declare fits it no more.
  const named = { ...customers(tables.customers), primaryKey: 'name' };
  await run(`alter table sales.${tables.customers} add unique (name)`);
  expect((await desk.put(named)).status).toBe(200);
  expect(await desk.imported('orders', 'number,customer.number\nO2,C1\n')).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('no longer fits customers'),
  });
  await run(`drop table sales.${tables.customers} cascade`);
  expect(
    (await findDrift({ pool: server.pool }, desk.organizationId)).map(({ problems }) => problems.length > 0),
  ).toEqual([true, true]);
});

test('what cannot be a reference is refused, with where and why', async () => {
  const { desk, ...tables } = await openShop();
  await run(
    `create table sales.odd_${made} (id integer primary key, number text not null unique, customer_id integer)`,
  );
  const ours = { fields: [{ name: 'number' }], primaryKey: 'number', openbulk: { name: 'ours' } };
  expect((await desk.put(ours)).status).toBe(200);
  const stranger = await openDesk(server, `stranger-${made}`);
  await stranger.put({
    ...customers(tables.customers),
    openbulk: { name: 'strangers', schema: 'sales', table: tables.customers },
  });
  const problems = async (change: (declaration: ReturnType<typeof orders>) => object) => {
    const { status, json } = await desk.plan(change(structuredClone(orders(tables.orders))));
    expect(status).toBe(400);
    const found = json.error?.data as unknown as { field: string; problem: string }[];
    return found.map(({ field, problem }) => `${field}: ${problem}`);
  };
  const withKey =
    (more: object, options: object = {}) =>
    (declaration: ReturnType<typeof orders>) => ({
      ...declaration,
      foreignKeys: declaration.foreignKeys.map((key) => ({
        ...key,
        ...more,
        openbulk: { ...key.openbulk, ...options },
      })),
    });
  const only = async (change: Parameters<typeof problems>[0]) => {
    const [first, ...others] = await problems(change);
    expect(others).toEqual([]);
    return first;
  };
  const to = (resource: string, fields = 'number') => withKey({ reference: { resource, fields } });
  expect(await only(to('strangers'))).toContain('/reference/resource: There is no resource strangers.');
  expect(await only(to('ours'))).toContain("/reference/resource: ours has a table of OpenBulk's.");
  expect(await only(to('customers', 'name'))).toContain('/reference/fields: It must refer to the primary key');
  expect(await only(withKey({}, { holds: 'nothing' }))).toContain('/openbulk: "sales"."customers_');
  expect(await only(withKey({}, { holds: 'name' }))).toContain('Both must be of the same type.');
  expect(await only(withKey({}, { column: 'nothing' }))).toContain('/openbulk/column: sales.orders_');
  expect(await only(withKey({}, { missing: 'create', create: { nmae: 'x' } }))).toContain(
    '/openbulk/create/nmae: customers has no field nmae.',
  );
  expect(await only(withKey({}, { missing: 'create', create: { number: 'x' } }))).toContain('is part of the key');
  expect(
    await only((declaration) => ({
      ...declaration,
      openbulk: { ...declaration.openbulk, table: `odd_${made}` },
      fields: declaration.fields.slice(0, 2),
    })),
  ).toContain('Both must be of the same type.');
});

test('adopting a table declares its references by the keys of the tables that are adopted already', async () => {
  const sql = readFileSync(join(SHOP, 'erp.sql'), 'utf8');
  await withSession(server.pool, (session) => new Wire(session).script(sql));
  const desk = await openDesk(server, 'erp');
  const given = { schema: 'erp', table: 'deliveries', owner: desk.organizationId };
  const alone = await adoptTable(server.pool, given);
  expect(alone.declaration).not.toHaveProperty('foreignKeys');
  expect(alone.remarks).toContainEqual(expect.stringContaining('adopt erp.orders first, and this table again'));
  const apply = (source: object) => applyResource(server, { owner: desk.organizationId, source, mayAdopt: () => true });
  await apply((await adoptTable(server.pool, { ...given, table: 'orders' })).declaration);
  const { declaration, remarks } = await adoptTable(server.pool, given);
  expect(declaration).toMatchObject({
    fields: [
      { name: 'id' },
      { name: 'number', type: 'string' },
      { name: 'order.number', type: 'string' },
      { name: 'carrier' },
      { name: 'sent', type: 'date' },
    ],
    primaryKey: ['number'],
    foreignKeys: [
      {
        fields: ['order.number'],
        reference: { resource: 'orders', fields: ['number'] },
        openbulk: { column: 'order_id', holds: 'id' },
      },
    ],
  });
  expect(remarks).toContain('order_id is given by order.number, the key of orders.');
  await apply(declaration);
  await desk.imported('orders', readFileSync(join(SHOP, 'orders.csv'), 'utf8'));
  const task = await desk.imported('deliveries', readFileSync(join(SHOP, 'deliveries.csv'), 'utf8'));
  expect(figures(task)).toEqual([3, 0, 0, 2]);
  expect(await faultsOf(desk, task)).toEqual([
    [
      4,
      'reference_missing',
      'order.number',
      'order.number refers to a record of orders that does not exist: "O-9999".',
    ],
    [6, 'missing_value', 'order.number', 'order.number must not be blank.'],
  ]);
  expect(figures(await desk.imported('deliveries', await desk.exported('deliveries', 'csv'), upsert))).toEqual([
    0, 0, 3, 0,
  ]);
});
