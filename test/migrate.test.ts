import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool, type Pool } from '../src/store/connection/pool.ts';
import { type Migration, migrate, readMigrations } from '../src/store/platform/migrate.ts';
import { openSweeps } from '../src/store/queue/sweeps.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

let database: TestDatabase;
const pools: Pool[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database.drop();
});

test('eight processes that start at the same time apply each migration once', async () => {
  for (let i = 0; i < 8; i += 1) pools.push(openPool({ url: database.url, applicationName: 'test', max: 1 }));
  const applied = await Promise.all(pools.map((pool) => migrate(pool)));
  const names = (await readMigrations()).map(({ name }) => name);
  expect(applied.flat().sort()).toEqual(names);
  const { rows } = await database.pool.query('select name from schema_migrations order by version');
  expect(rows.map(({ name }) => name)).toEqual(names);
});

test('a migration that fails leaves nothing behind', async () => {
  const bad: Migration = {
    version: 9000,
    name: '9000_bad.sql',
    sql: 'create table half (a int); select 1/0',
    checksum: 'x',
  };
  await expect(migrate(database.pool, [...(await readMigrations()), bad])).rejects.toThrow('division by zero');
  const { rows } = await database.pool.query(`select to_regclass('half') as half`);
  expect(rows[0].half).toBeNull();
});

test('a database that is newer than the program is refused', async () => {
  const all = await readMigrations();
  await expect(migrate(database.pool, all.slice(0, 1))).rejects.toThrow(/newer than this program.*0002/s);
});

test('a migration that was changed after it was applied is refused', async () => {
  const all = await readMigrations();
  await expect(
    migrate(database.pool, [{ ...(all[0] as Migration), checksum: 'other' }, ...all.slice(1)]),
  ).rejects.toThrow(/changed after/);
});

test('a role that may not make the schema of the queue is told so, and one for which it was made works', async () => {
  const database = await createTestDatabase({ migrated: false });
  const role = `bulk_${process.pid}`;
  const url = new URL(database.url);
  url.username = role;
  url.password = 'bulk';
  await database.pool.query(`create role ${role} login password 'bulk'`);
  await database.pool.query(`grant create on schema public to ${role}`);
  const pool = openPool({ url: url.href, applicationName: 'openbulk test', max: 2 });
  try {
    await expect(migrate(pool)).rejects.toThrow(`create schema pgboss authorization ${role}`);
    await database.pool.query(`create schema pgboss authorization ${role}`);
    expect(await migrate(pool)).not.toEqual([]);
    const sweeps = await openSweeps({ pool, everyMinutes: 1, onError: () => {} });
    expect(await sweeps.take()).toBeUndefined();
    await sweeps.close();
  } finally {
    await pool.end();
    await database.pool.query(`drop owned by ${role} cascade`);
    await database.pool.query(`drop role ${role}`);
    await database.drop();
  }
});
