import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/store/platform/migrate.ts';
import { newId } from '../../src/task/ids.ts';
import { comparable } from '../../src/task/text/visible.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Migration 0022: records that are there get the keys that lines look for since. */
let database: TestDatabase;
const organization = newId();

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const all = await readMigrations();
  await migrate(
    database.pool,
    all.filter(({ version }) => version < 22),
  );
  await database.pool.query(`insert into organizations (id, slug, name) values ($1, 'acme', 'Acme')`, [organization]);
});
afterAll(() => database.drop());

async function putUser(key: string, name: string, changed: string): Promise<void> {
  await database.pool.query(
    'insert into mdm_users (id, organization_id, key, email, name, updated_at) values ($1, $2, $3, $3, $4, $5)',
    [newId(), organization, key, name, changed],
  );
}

async function putItem(key: string): Promise<void> {
  await database.pool.query(
    `insert into inventory_items (id, organization_id, key, basic_name, basic_type) values ($1, $2, $3, $3, 'x')`,
    [newId(), organization, key],
  );
}

const keysOf = async (table: string, name: string, key = 'key') =>
  new Map(
    (await database.pool.query(`select ${name} as name, ${key} as key from ${table}`)).rows.map((row) => [
      row.name,
      row.key,
    ]),
  );

test('the key is what lines look for; of records that become equal one has it, and all are kept as they are', async () => {
  await putUser('ada@example.com', 'clean', '2026-01-01');
  await putUser('ada@example.com\u200b', 'later, but not clean', '2026-02-01');
  await putUser('\u2060eve@example.com', 'older', '2026-01-01');
  await putUser('eve@example.com\u00ad', 'newer', '2026-02-01');
  await putUser('jose\u0301@example.com', 'decomposed', '2026-01-01');
  await putUser('josé@example.org', 'composed', '2026-01-01');
  const serial = 'identifiers.serialNumber:';
  await putItem(`${serial}\u200b`);
  await putItem(`${serial}\u200b S1\u3000\u200b`);
  // Each character that nobody sees, and as many others: PostgreSQL drops those that JavaScript does.
  const characters = Array.from({ length: 0x110000 }, (_, code) => code)
    .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
    .filter((code) => /\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code)) || code % 997 === 0)
    .map((code) => `x${String.fromCodePoint(code)}y`);
  const texts = Array.from(
    { length: Math.ceil(characters.length / 100) },
    (_, at) => `${at} ${characters.slice(at * 100, at * 100 + 100).join('')}`,
  );
  for (const text of texts) await putItem(serial + text);
  await database.pool.query(
    `insert into identities (id, organization_id, object_id, pulse_id, document) values ($1, $2, E'o1\\u200B', null, '{}'), ($3, $2, null, 'p1', '{}')`,
    [newId(), organization, newId()],
  );
  await migrate(database.pool);
  expect(Object.fromEntries(await keysOf('mdm_users', 'name'))).toEqual({
    clean: 'ada@example.com',
    'later, but not clean': 'ada@example.com\u200b',
    older: '\u2060eve@example.com',
    newer: 'eve@example.com',
    decomposed: 'josé@example.com',
    composed: 'josé@example.org',
  });
  const items = await keysOf('inventory_items', 'basic_name');
  expect(items.get(`${serial}\u200b S1\u3000\u200b`)).toBe(`${serial}S1`);
  expect(items.get(`${serial}\u200b`)).toBe(`${serial}\u200b`);
  for (const text of texts) expect(items.get(serial + text)).toBe(serial + comparable(text));
  expect([...(await keysOf('identities', 'document', 'object_id')).values()]).toContain('o1');
  const { rows } = await database.pool.query(
    `select count(*)::int as n from mdm_users where updated_at > '2026-03-01'`,
  );
  expect(rows[0].n).toBe(0);
});
