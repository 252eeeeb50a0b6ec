import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex24 } from '../../../src/task/ids.ts';
import { openServer, type TestServer } from '../server.ts';

let server: TestServer;
let organizationId: string;
let token: string;

beforeAll(async () => {
  server = await openServer();
  organizationId = await server.organization('acme');
  token = await server.token(organizationId);
});
afterAll(() => server.close());

async function list(path: string, query: Record<string, string>) {
  const { status, json } = await server.ask(`/v1/organizations/acme${path}?${new URLSearchParams(query)}`, { token });
  expect(status).toBe(200);
  return json.data;
}

test('tasks are found by file name, action, submitter and id, and by nothing else, sorted and paged as ever', async () => {
  const items = await server.submit(organizationId, 'import-inventory-items', 'a\n');
  const users = await server.submit(organizationId, 'import-mdm-users', 'a\n');
  const other = await server.submit(await server.organization('other'), 'import-mdm-users', 'a\n');
  await server.pool.query(`update files set original_name = '100%_März.csv' where id = $1`, [users.file?.id]);
  await server.pool.query(
    `update tasks set created_by = created_by || '{"fullName": "Ada Lovelace", "email": "ada@x.org"}' where id = $1`,
    [items.id],
  );
  const ids = async (query: Record<string, string>) => {
    const page = await list('/bulk-tasks', query);
    const all = ((page?.items ?? []) as unknown as { id: string }[]).map(({ id }) => id);
    expect(page?.totalDocs).toBe(all.length);
    return all;
  };
  const [i, u] = [toHex24(items.id), toHex24(users.id)];
  expect(await ids({ q: 'MDM-users' })).toEqual([u]);
  expect(await ids({ q: 'märz' })).toEqual([u]);
  expect(await ids({ q: '100%_' })).toEqual([u]);
  expect(await ids({ q: '_00' })).toEqual([]);
  expect(await ids({ q: 'lovelace' })).toEqual([i]);
  expect(await ids({ q: 'ADA@' })).toEqual([i]);
  expect(await ids({ q: i })).toEqual([i]);
  expect(await ids({ q: toHex24(other.id) })).toEqual([]);
  expect(await ids({ q: 'import', status: 'pending', sort: 'status:asc' })).toEqual([i, u]);
  expect(await ids({ q: 'import', status: 'failed' })).toEqual([]);
  expect(await ids({ q: 'import', action: 'import-mdm-users' })).toEqual([u]);
  expect(await ids({ q: ' ' })).toEqual([u, i]);
  const page = await list('/bulk-tasks', { q: 'import', sort: 'action:desc', page: '2', limit: '1' });
  expect(page).toMatchObject({ items: [{ id: i }], totalDocs: 2, hasNextPage: false });
});

test('records are found by any text of theirs or by a criteria, which an export then takes', async () => {
  await server.pool.query(
    `insert into inventory_items (id, organization_id, key, basic_name, basic_type, basic_location)
     select overlay('00000000-0000-8000-8000-000000000000' placing lpad(n::text, 4, '0') from 15)::uuid, $1, 'k' || n, 'Item ' || n, 'laptop',
       case when n = 7 then 'Mad_rid' end from generate_series(1, 12) n`,
    [organizationId],
  );
  const found = await list('/inventory-items', { q: 'mad_' });
  expect(found).toMatchObject({ totalDocs: 1, items: [{ basic: { name: 'Item 7' } }] });
  const same = { criteria: JSON.stringify(found?.criteria) };
  expect(await list('/inventory-items', same)).toMatchObject({ totalDocs: 1, items: [{ basic: { name: 'Item 7' } }] });
  const { status } = await server.ask('/v2/task/create', {
    method: 'POST',
    token,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      handler: 'ExportHandler',
      request: { resource: 'inventory-items', format: 'csv', criteria: found?.criteria },
    }),
  });
  expect(status).toBeLessThan(300);
  const criteria = JSON.stringify({ field: 'basic.name', op: 'like', value: 'Item 1%' });
  expect(await list('/inventory-items', { criteria, q: 'laptop' })).toMatchObject({ totalDocs: 4 });
  const second = { criteria, q: 'LAPTOP', limit: '3', page: '2', sort: 'updatedAt:desc' };
  expect(await list('/inventory-items', second)).toMatchObject({ totalDocs: 4, items: [{}] });
  expect(await list('/inventory-items', { ...second, page: '3' })).toMatchObject({ totalDocs: 4, items: [] });
  await server.pool.query(`update inventory_items set basic_owner = 'Íñigo' where key = 'k3'`);
  expect(await list('/inventory-items', { q: 'ñIGO' })).toMatchObject({ totalDocs: 1 });
  // A database of the locale C knows upper and lower case of ASCII alone.
  const { rows } = await server.pool.query<{ folds: boolean }>(`select 'Í' ilike 'í' as folds`);
  expect(await list('/inventory-items', { q: 'íÑI' })).toMatchObject({ totalDocs: rows[0]?.folds ? 1 : 0 });
  expect(await list('/inventory-items', { q: 'inigo' })).toMatchObject({ totalDocs: 0 });
  expect(await list('/inventory-items', {})).not.toHaveProperty('criteria');
  const bad = await server.ask('/v1/organizations/acme/inventory-items?criteria=%7B%7D', { token });
  expect(bad.status).toBe(400);
});

test.each(['/mdm/users', '/devices', '/identities'])('%s is searched, too', async (path) => {
  expect(await list(path, { q: "o'x" })).toMatchObject({ totalDocs: 0, items: [] });
});
