import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import { listRecords } from '../../src/service/records/list-records.ts';
import { dropSearchIndex, listSearchIndexes, makeSearchIndex } from '../../src/service/records/search-indexes.ts';
import { shippedResource } from '../../src/service/resources/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let organizationId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  for (const slug of ['acme', 'other']) {
    const { id } = await createOrganization({ pool: database.pool }, { slug });
    organizationId ??= id;
    await database.pool.query(
      `insert into inventory_items (id, organization_id, key, basic_name, basic_type, basic_location, basic_owner)
       select gen_random_uuid(), $1, 'k' || n, 'Item ' || n, 'laptop', case when n % 2000 = 7 then '100%_Madrid' end,
         case n when 9 then 'Íñigo' end from generate_series(1, 20000) n`,
      [id],
    );
  }
  await database.pool.query('analyze inventory_items');
});
afterAll(() => database.drop());

const QUERY = { sort: 'createdAt', descending: true, limit: 50, offset: 0 } as const;

async function found(text: string): Promise<number> {
  const { total, records } = await listRecords(
    database,
    shippedResource('inventory-items'),
    { ...QUERY, organizationId },
    { text },
  );
  let listed = 0;
  for await (const some of records) listed += some.length;
  expect(listed).toBe(Math.min(total, 50));
  return total;
}

test('a search finds the same records with its index as without, and looks into the index where there is one', async () => {
  const texts = [
    'madrid',
    '100%_m',
    'ITEM 19999',
    'item 1234',
    'ma',
    'x',
    'op\u001flap',
    'laptop',
    'nowhere',
    'Íñigo',
    'iñi',
  ];
  const without = await Promise.all(texts.map(found));
  expect(without.slice(0, 4)).toEqual([10, 10, 1, 11]);
  await makeSearchIndex(database, 'inventory-items');
  expect(await listSearchIndexes(database)).toContainEqual({ resource: 'inventory-items', indexed: true });
  expect(await Promise.all(texts.map(found))).toEqual(without);
  await expect.poll(scans).toBeGreaterThan(0);

  await makeSearchIndex(database, 'inventory-items');
  await dropSearchIndex(database, 'inventory-items');
  await dropSearchIndex(database, 'inventory-items');
  expect(await listSearchIndexes(database)).not.toContainEqual(expect.objectContaining({ indexed: true }));
  expect(await Promise.all(texts.map(found))).toEqual(without);
});

async function scans(): Promise<number> {
  const { rows } = await database.pool.query<{ scans: number }>(
    "select idx_scan as scans from pg_stat_user_indexes where indexrelname = 'inventory_items_search'",
  );
  return rows[0]?.scans ?? 0;
}

test('lists and open columns are searched, too, value by value, with the index and without', async () => {
  await database.pool.query(
    `insert into mdm_users (id, organization_id, key, email, tags, metadata)
     select gen_random_uuid(), $1, 'u' || n || '@example.com', 'u' || n || '@example.com', array['Team ' || n, 'x"y'],
       jsonb_build_object('Department', 'Costa "del" Sol ' || n, 'Floor', n::text) from generate_series(1, 300) n`,
    [organizationId],
  );
  const count = async (text: string) =>
    (await listRecords(database, shippedResource('mdm-users'), { ...QUERY, organizationId }, { text })).total;
  const texts = ['team 29', 'sol 123', 'COSTA "DEL"', 'x"y', 'Department', '"Floor"', 'u7@', '7', 'sol 7Team'];
  const without = await Promise.all(texts.map(count));
  expect(without).toEqual([11, 1, 300, 300, 0, 0, 1, 57, 0]);
  await makeSearchIndex(database, 'mdm-users');
  expect(await Promise.all(texts.map(count))).toEqual(without);
  await dropSearchIndex(database, 'mdm-users');
});

test('an index that was left incomplete is not searched, and is made anew', async () => {
  await makeSearchIndex(database, 'mdm-users');
  await database.pool.query("update pg_index set indisvalid = false where indexrelid = 'mdm_users_search'::regclass");
  expect(await listSearchIndexes(database)).toContainEqual({ resource: 'mdm-users', indexed: false });
  await makeSearchIndex(database, 'mdm-users');
  expect(await listSearchIndexes(database)).toContainEqual({ resource: 'mdm-users', indexed: true });
});
