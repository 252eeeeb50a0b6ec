import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { parseId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

/** Tables that are changed or removed by others, between a plan and its application, and in the middle of an import. */
let server: TestServer;

beforeAll(async () => {
  server = await openServer({ adoption: new AdoptionRules([{ slug: '*', schema: 'sales', table: '*' }]) });
  await server.pool.query('create schema sales');
});
afterAll(() => server.close());

const fields = [{ name: 'code' }, { name: 'note' }];
const orders = (table?: string) => ({
  fields,
  primaryKey: 'code',
  openbulk: { name: 'orders', ...(table !== undefined && { schema: 'sales', table }) },
});

const CSV = `code,note\n${Array.from({ length: 400 }, (_, at) => `A${at},x\n`).join('')}`;

/** An import in chunks of five lines; the SQL runs after the first of them. @returns its task when it is over */
async function disturbed(desk: Desk, sql: string): Promise<Task> {
  const { organizationId } = desk;
  const submitted = await desk.ask('/bulk-tasks', 'POST', form({ action: 'import-orders' }, CSV));
  const task = { organizationId, id: parseId(String((submitted.json.data as Json).id)) as string };
  return server.working(
    async () => {
      const items = async () => (await findTask(server.pool, organizationId, task.id))?.counters.items;
      await expect.poll(items, { interval: 5 }).toBeGreaterThan(0);
      await server.pool.query(sql);
      return server.finished(task as Task);
    },
    { chunkRows: 5 },
  );
}

test('a table that is gone when its plan is applied is named, and nothing is half made', async () => {
  await server.pool.query('create table sales.brief (code text primary key, note text)');
  const desk = await openDesk(server, 'brief');
  const planned = await desk.plan(orders('brief'));
  await server.pool.query('drop table sales.brief');
  const { status, text } = await desk.put(orders('brief'), `?hash=${String((planned.json.data as Json).hash)}`);
  expect([status, text]).toEqual([expect.toBeOneOf([400, 409]), expect.stringContaining('sales.brief')]);
  expect((await desk.ask('/resources/orders')).status).toBe(404);
});

test.each([
  ['is removed', 'drop table sales.%'],
  ['loses a column', 'alter table sales.% drop column note'],
])(
  'an adopted table that %s while it is imported into fails the task, which says so; what is committed is told',
  async (what, sql) => {
    const table = what.replaceAll(' ', '_');
    await server.pool.query(`create table sales.${table} (code text primary key, note text)`);
    const desk = await openDesk(server, table.replaceAll('_', '-'));
    expect((await desk.put(orders(table))).status).toBe(200);
    const task = await disturbed(desk, sql.replaceAll('%', table));
    expect(task).toMatchObject({ status: 'failed', error: { code: 'table_changed' } });
    expect(task.error?.message).toMatch(/table/);
    expect(task.counters.items).toBe(task.counters.inserts);
    const { rows } = await server.pool.query('select to_regclass($1) is not null as there', [`sales.${table}`]);
    if (!rows[0].there) return;
    const { rows: records } = await server.pool.query(`select count(*)::int as n from sales.${table}`);
    expect(records[0].n).toBe(task.counters.inserts);
  },
);

test('so does a table of ours that somebody drops, and others are imported as ever', async () => {
  const desk = await openDesk(server, 'ours');
  expect((await desk.put(orders())).status).toBe(200);
  const { rows } = await server.pool.query(
    'select table_name as name from declared_resources where organization_id = $1',
    [desk.organizationId],
  );
  const task = await disturbed(desk, `drop table openbulk_records.${rows[0].name}`);
  expect(task).toMatchObject({ status: 'failed', error: { code: 'table_changed' } });
  expect(
    await desk.imported('inventory-items', 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n'),
  ).toMatchObject({
    numInserts: 1,
  });
});
