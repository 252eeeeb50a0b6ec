import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { findDrift } from '../../../src/service/resources/adopt/find-drift.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

/** References by natural key, where the table holds something else of the other record. */
let server: TestServer;
let made = 0;

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
  const { lines } = json.data as unknown as { lines: { line: number; code: string; column?: string; reason: string }[] };
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
