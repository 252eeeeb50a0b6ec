import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withSession } from '../../src/store/connection/pool.ts';
import { Wire } from '../../src/store/connection/wire.ts';
import { planWrite } from '../../src/targets/theirs/plan/plan-write.ts';
import { describeTable } from '../../src/targets/theirs/shape/describe-table.ts';
import type { TableShape } from '../../src/targets/theirs/shape/shape.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const role = `clerk_${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const ddl = readFileSync(join(import.meta.dirname, '../support/theirs/thirty-tables.sql'), 'utf8');
  await withSession(database.pool, (session) =>
    new Wire(session).script(`${ddl}
      create role ${role};
      grant all on all tables in schema public to ${role};
      revoke all on forbidden, half_forbidden from ${role};
      grant select, insert, update (code, name) on half_forbidden to ${role};`),
  );
});
afterAll(async () => {
  await database.pool.query(`drop owned by ${role}`);
  await database.pool.query(`drop role ${role}`);
  await database.drop();
});

/** Describes a relation for the role that writes. */
async function describe(table: string): Promise<TableShape> {
  return withSession(database.pool, async (session) => {
    const wire = new Wire(session);
    await wire.query(`set role ${role}`);
    const shape = await describeTable(wire, { schema: 'public', table });
    await wire.query('reset role');
    return shape as TableShape;
  });
}

/** A table's columns as one adopts it: those that a file can set; its key is the first that these have, else the first column. */
function adopt(shape: TableShape) {
  const columns = shape.columns
    .filter(({ generated, identity, updatable }) => !generated && identity !== 'always' && updatable)
    .map(({ name }) => name);
  const usable = shape.keys.find((key) => key.columns.every(({ name }) => columns.includes(name)));
  const key = usable ? usable.columns.map(({ name }) => name) : columns.slice(0, 1);
  return { columns, key, mode: 'upsert' as const, declaredSetSafe: true };
}

test('what works of thirty tables and more, and what is refused and why', async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind not in ('i', 'I', 'c') order by relname collate "C"`,
  );
  const lines = ['| relation | key | lines | why not, or not as a set |', '|---|---|---|---|'];
  for (const { name } of rows) {
    const shape = await describe(name);
    const request = adopt(shape);
    const planned = planWrite(shape, request);
    const cells =
      'refusals' in planned
        ? ['–', 'refused', planned.refusals.map(({ code, message }) => `\`${code}\`: ${message}`).join(' ')]
        : [request.key.join(', '), planned.plan.sets ? 'as a set' : 'one by one', planned.plan.againstSets.join(' ')];
    lines.push(
      `| ${[`${name} (${shape.kind})`, ...cells]
        .join(' | ')
        .replaceAll(role, 'clerk')
        .replaceAll(/test_[0-9a-f]+/g, 'shop')} |`,
    );
  }
  expect(rows.length).toBeGreaterThan(30);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('adopted.md');
});

test('a column is described with its type, its domains and what it takes', async () => {
  const shape = await describe('enum_and_domains');
  const [, feels, mail, share] = shape.columns;
  expect(feels?.base).toMatchObject({ kind: 'enum', labels: ['good', 'bad'] });
  expect(mail).toMatchObject({
    type: 'email',
    base: { schema: 'pg_catalog', name: 'text' },
    domains: [{ name: 'email', notNull: false, checks: { email_check: expect.stringContaining('@') } }],
  });
  expect(share).toMatchObject({ base: { name: 'numeric' }, modified: 'numeric(5,2)', notNull: true, hasDefault: true });
});

test('what a key holds besides is told apart from what it is made of', async () => {
  const { keys } = await describe('included_columns');
  expect(keys).toEqual([
    expect.objectContaining({
      included: ['note'],
      columns: [{ name: 'code', equals: { schema: 'pg_catalog', name: '=' } }],
    }),
  ]);
  expect((await describe('nulls_not_distinct')).keys[0]?.nullsNotDistinct).toBe(true);
});

test('a view of a view has the keys of the table that it shows, by its own names', async () => {
  const shape = await describe('view_of_view');
  expect(shape.shows).toMatchObject({ name: 'simple_view', columns: { name: 'name', key: 'key' } });
  expect(shape.keys.map((key) => key.columns.map(({ name }) => name))).toEqual([['key']]);
  expect((await describe('simple_view')).columns.map(({ name, updatable }) => [name, updatable])).toEqual([
    ['key', true],
    ['name', true],
    ['twice', false],
  ]);
});

test('without a unique index, the statement that would make one is told', async () => {
  const shape = await describe('Öffnungs "zeiten"');
  const planned = planWrite(shape, { columns: ['select', 'Üser name'], key: ['Üser name'], mode: 'upsert' });
  expect('refusals' in planned && planned.refusals).toEqual([
    expect.objectContaining({
      code: 'key_not_unique',
      statement: 'create unique index on "public"."Öffnungs ""zeiten""" ("Üser name");',
    }),
  ]);
  const refused = 'refusals' in planned ? planned.refusals[0]?.statement : '';
  await database.pool.query(refused as string);
  expect(
    planWrite(await describe('Öffnungs "zeiten"'), {
      columns: ['select', 'Üser name'],
      key: ['Üser name'],
      mode: 'upsert',
    }),
  ).toHaveProperty('plan');
});

test('a key that is numbered by the database finds records, and does not make them', async () => {
  const shape = await describe('numbered');
  const of = (mode: 'update' | 'delete' | 'upsert') => planWrite(shape, { columns: ['id', 'name'], key: ['id'], mode });
  expect(of('update')).toHaveProperty('plan');
  expect(of('delete')).toHaveProperty('plan');
  expect(of('upsert')).toMatchObject({
    refusals: [{ code: 'read_only_column', column: 'id' }, expect.anything()].slice(0, 1),
  });
});

test('there is nothing to describe where there is no table', async () => {
  expect(await describe('nowhere_to_be_seen')).toBeUndefined();
});
