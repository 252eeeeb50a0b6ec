import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/store/platform/migrate.ts';
import { newId } from '../../src/task/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Migration 0029: tasks that were cancelled before it have the name from their sentence. */
let database: TestDatabase;
const organization = newId();

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const all = await readMigrations();
  await migrate(
    database.pool,
    all.filter(({ version }) => version < 29),
  );
  await database.pool.query(`insert into organizations (id, slug, name) values ($1, 'acme', 'Acme')`, [organization]);
});
afterAll(() => database.drop());

async function putTask(status: 'cancelled' | 'failed', error: object): Promise<string> {
  const id = newId();
  await database.pool.query(
    `insert into tasks (id, organization_id, operation, action, origin, status, config, error, created_by, finished_at)
     values ($1, $2, 'import', 'import-mdm-users', 'organizations', $3, '{}', $4, '{}', now())`,
    [id, organization, status, error],
  );
  return id;
}

test('only what was cancelled, and says by whom, gets the name', async () => {
  const cancelled = { code: 'cancelled', message: 'Cancelled by Ada O. Love.\nlace.' };
  const silent = { code: 'cancelled', message: 'It was cancelled.' };
  const failed = { code: 'file_unreadable', message: 'Cancelled by Ada.' };
  const ids = [
    await putTask('cancelled', cancelled),
    await putTask('cancelled', silent),
    await putTask('failed', failed),
  ];
  await migrate(database.pool, await readMigrations());
  const { rows } = await database.pool.query<{ error: object }>(
    'select error from tasks order by array_position($1, id)',
    [ids],
  );
  expect(rows.map(({ error }) => error)).toEqual([{ ...cancelled, by: 'Ada O. Love.\nlace' }, silent, failed]);
});
