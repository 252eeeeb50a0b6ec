import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endCommands, openbulk, temporaryFolder } from './command.ts';
import { runHere } from './in-process.ts';

/** The way of docs/your-data.md "From a table in another database", with the programs that a person starts. */
let database: TestDatabase;
let there: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  there = await createTestDatabase({ migrated: false });
  folder = await temporaryFolder();
  await there.pool.query('create schema sales');
  await there.pool.query('create table sales.orders (code text primary key, amount numeric(8, 2) check (amount > 0))');
  env = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, OPENBULK_CONNECTION_CRM: there.url };
});
afterAll(async () => {
  await endCommands();
  await folder.remove();
  await there.drop();
  await database.drop();
});

const resources = (...args: string[]) => runHere(['resources', ...args], env);

test('a table of another database is adopted, planned, applied and imported into, and drift is told', async () => {
  const adopted = await resources('adopt', '--connection', 'crm', 'sales.orders');
  expect(adopted).toMatchObject({ code: 0 });
  expect(JSON.parse(adopted.stdout).openbulk).toMatchObject({ connection: 'crm', schema: 'sales', table: 'orders' });
  const declaration = join(folder.path, 'orders.json');
  await writeFile(declaration, adopted.stdout);
  const plan = await resources('plan', declaration, '--org', 'demo');
  expect(plan.stdout).toContain(
    'OpenBulk makes the table openbulk.applied_chunks in the database of the connection crm.',
  );
  const hash = /resources apply ([0-9a-f]+)/.exec(plan.stdout)?.[1] as string;
  expect(await resources('apply', hash, declaration, '--org', 'demo')).toMatchObject({ code: 0 });

  const file = join(folder.path, 'orders.csv');
  await writeFile(file, 'code,amount\na,1\nb,-1\nc,3\n');
  const imported = await openbulk(['import', file, '--action', 'import-orders'], { env }).ended;
  expect(imported.stdout).toContain('line 3: The record violates the check orders_amount_check of the table.');
  expect(imported.code).toBe(3);
  expect((await there.pool.query('select code from sales.orders order by code')).rows).toEqual([
    { code: 'a' },
    { code: 'c' },
  ]);

  expect(await resources('drift', '--org', 'demo')).toMatchObject({ code: 0, stdout: 'orders (sales.orders): ok\n' });
  const without = await runHere(['resources', 'drift', '--org', 'demo'], { ...env, OPENBULK_CONNECTION_CRM: '' });
  expect(without).toMatchObject({ code: 1, stdout: expect.stringContaining('Set OPENBULK_CONNECTION_CRM.') });
  expect((await runHere(['retention', 'sweep'], env)).stdout).toContain('markers of ended tasks in other databases: 0');
});

test('a connection that is not set, or that leads nowhere, is named, and its password is not', async () => {
  const unknown = await resources('adopt', '--connection', 'erp', 'sales.orders');
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('Set OPENBULK_CONNECTION_ERP.') });
  const nowhere = { ...env, OPENBULK_CONNECTION_CRM: 'postgres://bulk:very-secret@127.0.0.1:1/crm' };
  const away = await runHere(['resources', 'adopt', '--connection', 'crm', 'sales.orders'], nowhere);
  expect(away).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The database of the connection crm cannot be reached'),
  });
  expect(away.stderr).not.toContain('very-secret');
});
