import { expect, test } from 'vitest';
import { compileResource } from '../compile.ts';
import { parseDeclaration } from '../declaration/parse.ts';
import type { Resource } from '../resource.ts';
import { type Change, planTable } from './plan-table.ts';

function resource(fields: object[], own: object = {}): Resource {
  const parsed = parseDeclaration({
    fields: [{ name: 'k' }, ...fields],
    primaryKey: 'k',
    openbulk: { name: 't', ...own },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return compileResource(parsed.declaration, { schema: 'openbulk_records', table: 't' });
}

/** What PostgreSQL calls the types of its own. */
const SPELLED: Readonly<Record<string, string>> = {
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
  'timestamptz[]': 'timestamp with time zone[]',
  'time[]': 'time without time zone[]',
};

/** The changes from a resource's table to the one of another. */
function changes(before: Resource, after: Resource): Change[] {
  const columns = new Map(
    [...before.columns, ...(before.unlisted ?? [])].map(({ sql, type }) => [sql, SPELLED[type.sql] ?? type.sql]),
  );
  if (before.open) columns.set(before.open.sql, 'jsonb');
  return planTable(after, [], { before, columns, constraints: [] });
}

const sql = (planned: readonly Change[]) =>
  planned.map((change) => change.sql.replace('alter table openbulk_records.t ', ''));

test('a new table has our columns, the declared ones and the two keys', () => {
  const [change] = planTable(
    resource([{ name: 'Found on', type: 'date' }], { open: { prefix: 'x.', column: 'more' } }),
    [],
  );
  expect(change?.sql).toBe(`create table openbulk_records.t (
  id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  key text collate "C" not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  k text,
  found_on date,
  more jsonb not null default '{}',
  primary key (organization_id, id),
  unique (organization_id, key)
)`);
});

test('of a table that is as it is needed nothing changes, whatever PostgreSQL calls its types', () => {
  const types = ['datetime', 'time', 'date', 'number', 'integer', 'boolean', 'object', 'duration', 'geopoint'];
  const fields = [
    ...types.map((type) => ({ name: type, type })),
    ...['datetime', 'time', 'integer'].map((itemType) => ({ name: `list of ${itemType}`, type: 'list', itemType })),
    { name: 'bytes', format: 'binary' },
    { name: 'uuid', format: 'uuid' },
  ];
  const same = resource(fields, { open: { prefix: 'x.', column: 'more' } });
  expect(changes(same, same)).toEqual([]);
});

test('only what adds a column lets tasks go on', () => {
  expect(changes(resource([]), resource([{ name: 'a' }]))).toEqual([
    { sql: 'alter table openbulk_records.t add column a text', adds: true },
  ]);
  for (const after of [
    resource([]),
    resource([{ name: 'a', type: 'date' }]),
    resource([{ name: 'a', openbulk: { column: 'b' } }]),
  ]) {
    expect(changes(resource([{ name: 'a' }]), after).every(({ adds }) => adds)).toBe(false);
  }
});

test('columns that are called otherwise are renamed, those that exchange their names by way of others', () => {
  const before = resource([{ name: 'a b' }, { name: 'a_b' }, { name: 'c' }]);
  expect(
    sql(changes(before, resource([{ name: 'a_b' }, { name: 'a b' }, { name: 'c', openbulk: { column: 'd' } }]))),
  ).toEqual([
    'rename column a_b_2 to moved_1',
    'rename column a_b to moved_2',
    'rename column moved_1 to a_b',
    'rename column moved_2 to a_b_2',
    'rename column c to d',
  ]);
  // The name is free once the other one is gone.
  expect(sql(changes(before, resource([{ name: 'a_b' }, { name: 'c' }])))).toEqual([
    'drop column a_b',
    'rename column a_b_2 to a_b',
  ]);
});

test('a field of another type that cannot take its values loses them', () => {
  expect(changes(resource([{ name: 'a' }]), resource([{ name: 'a', type: 'boolean' }]))).toEqual([
    { sql: 'alter table openbulk_records.t drop column a', loses: { column: 'a' } },
    { sql: 'alter table openbulk_records.t add column a boolean', adds: true },
  ]);
  const [narrower] = changes(
    resource([{ name: 'a', type: 'number' }]),
    resource([{ name: 'a', type: 'integer', constraints: { minimum: 0, maximum: 9 } }]),
  );
  expect(narrower?.loses?.condition).toBe('not (a between -2147483648 and 2147483647 and a = trunc(a))');
});
