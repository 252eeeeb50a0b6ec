import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileResource } from '../../src/resources/compile.ts';
import type { Declaration } from '../../src/resources/declaration/declaration.ts';
import { parseDeclaration } from '../../src/resources/declaration/parse.ts';
import type { OwnersTable } from '../../src/resources/resource.ts';
import { ServiceError } from '../../src/service/platform/service-error.ts';
import { adoptTable } from '../../src/service/resources/adopt/adopt-table.ts';
import { planAdopted } from '../../src/service/resources/adopt/plan-adopted.ts';
import { withSession } from '../../src/store/connection/pool.ts';
import { Wire } from '../../src/store/connection/wire.ts';
import { planWrite } from '../../src/targets/adopted/plan/plan-write.ts';
import { describeTable } from '../../src/targets/adopted/shape/describe-table.ts';
import type { TableShape } from '../../src/targets/adopted/shape/shape.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
const role = `clerk_${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const ddl = readFileSync(join(import.meta.dirname, '../support/adopted/thirty-tables.sql'), 'utf8');
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

/** What `adopt` makes of a relation for the role that writes, as cells of a table. */
async function adopted(table: string): Promise<readonly string[]> {
  return withSession(database.pool, async (session) => {
    const wire = new Wire(session);
    await wire.query(`set role ${role}`);
    try {
      const { declaration } = await adoptTable(wire, { schema: 'public', table });
      const { primaryKey, openbulk } = declaration as { primaryKey: string[]; openbulk: object };
      const parsed = parseDeclaration({ ...declaration, openbulk: { ...openbulk, writes: { asSets: true } } });
      const resource = compileResource(
        (parsed as { declaration: Declaration }).declaration,
        { schema: 'public', table },
        { adopts: true },
      );
      const { remarks } = await planAdopted(wire, resource, resource.adopted as OwnersTable);
      const against = remarks.map((remark) =>
        remark.replace('Lines are written one by one, although asSets is true. ', ''),
      );
      return [primaryKey.join(', '), remarks.length === 0 ? 'as sets, if declared' : 'one by one', against.join(' ')];
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const told = error.problems.length > 0 ? error.problems.map(({ message }) => message) : [error.message];
      return ['–', 'refused', told.join(' ')];
    } finally {
      await wire.query('reset role');
    }
  });
}

test('what works of thirty tables and more, and what is refused and why', async () => {
  const { rows } = await database.pool.query<{ name: string; kind: string }>(
    `select relname as name, relkind as kind from pg_class where relnamespace = 'public'::regnamespace and relkind not in ('i', 'I', 'c', 'S')
     order by relname collate "C"`,
  );
  const lines = [HEAD, '| relation | key | lines | why not, or not as a set |', '|---|---|---|---|'];
  for (const { name } of rows) {
    const { kind } = await describe(name);
    const cells = [`${name} (${kind})`, ...(await adopted(name))].join(' | ');
    lines.push(`| ${cells.replaceAll(role, 'clerk').replaceAll(/test_[0-9a-f]+/g, 'shop')} |`);
  }
  expect(rows.length).toBeGreaterThan(30);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../docs/adopted-tables.md');
});

const HEAD = `# What can be adopted

What \`openbulk resources adopt\` makes of the relations of \`test/support/adopted/thirty-tables.sql\`, which have every kind of column and
constraint. \`test/targets/adopt.test.ts\` writes this page. [your-data.md](your-data.md) says how a table is adopted.
`;

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
