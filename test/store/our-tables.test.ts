import { afterAll, beforeAll, expect, test } from 'vitest';
import { OUR_TABLES } from '../../src/store/platform/our-tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('every table that the migrations make is one that nobody can adopt', async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind in ('r', 'p', 'v', 'm')
       and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace) order by relname`,
  );
  expect(rows.map(({ name }) => name)).toEqual([...OUR_TABLES].sort());
});
