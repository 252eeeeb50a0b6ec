import { quoteName } from '../declaration/names.ts';
import type { Resource } from '../resource.ts';
import { referencesOf, type TableConstraint } from './constraints.ts';
import { type Conversion, conversionOf, plainType } from './convert-column.ts';

/** The schema of the tables that are made for declared resources. */
export const RECORDS_SCHEMA = 'openbulk_records';

/** A table of ours as it is. */
export interface PresentTable {
  /** The types of its columns as PostgreSQL spells them (`format_type`), by name as a statement has it. */
  readonly columns: ReadonlyMap<string, string>;
  /** The resource that it was made for. */
  readonly before: Resource;
  /** Names of its constraints that `constraintsOf` has made. */
  readonly constraints: readonly string[];
}

/** A step from a table as it is to the one that a resource needs. */
export interface Change {
  readonly sql: string;
  /** It only adds a column: a task that began with the table as it was can go on. */
  readonly adds?: true;
  readonly loses?: Loss;
  /** Records that are there must meet it. */
  readonly constraint?: TableConstraint;
}

/** Values that a change removes. */
export interface Loss {
  /** Column of the table as it is, as a statement has it. */
  readonly column: string;
  /** SQL condition on the records whose value is removed; not given: all that have a value. */
  readonly condition?: string;
}

/** A column that the table of a resource needs. */
interface Wanted {
  /** What it is for, whatever it is called: a field, the open columns, the document. */
  readonly id: string;
  /** As a statement has it. */
  readonly column: string;
  readonly type: string;
  /** What follows the type where it is made. */
  readonly rest: string;
}

/** A wanted column, and the one that has its values. */
interface Placed extends Wanted {
  readonly source: string;
  readonly conversion: Conversion;
}

/** Beside the declared ones (`Resource`). */
const OURS: readonly string[] = ['id', 'organization_id', 'key', 'created_at', 'updated_at'];

/**
 * What makes the table of a resource, or of a table that is there the one that the resource needs now, in the order in which it is done.
 * A field keeps its values as long as it has the same name and its type can take them, whatever its column is called.
 *
 * @param resource with a `key`: not one whose key is `separate`
 */
export function planTable(
  resource: Resource,
  constraints: readonly TableConstraint[],
  present?: PresentTable,
): Change[] {
  const { table } = resource;
  const wanted = wantedOf(resource);
  if (!present) return [{ sql: createTable(resource, wanted, constraints) }];
  const placed = wanted.flatMap((each) => place(each, present) ?? []);
  const kept = new Set([...OURS, ...placed.map(({ source }) => source)]);
  const gone = [...present.columns.keys()].filter((column) => !kept.has(column));
  const added = wanted.filter(({ id }) => !placed.some((each) => each.id === id));
  const names = constraints.map(({ name }) => name);
  return [
    ...present.constraints
      .filter((name) => !names.includes(name))
      .map((name) => ({ sql: `alter table ${table} drop constraint ${quoteName(name)}` })),
    ...gone.map((column) => ({ sql: `alter table ${table} drop column ${column}`, loses: { column } })),
    ...renamings(table, placed),
    ...placed.flatMap((each) => retyping(table, each)),
    ...added.map(({ column, type, rest }): Change => {
      return { sql: `alter table ${table} add column ${column} ${type}${rest}`, adds: true };
    }),
    ...constraints
      .filter(({ name }) => !present.constraints.includes(name))
      .map((constraint) => ({ sql: `alter table ${table} add ${constraintSql(constraint)}`, constraint })),
  ];
}

/** Where the values of a wanted column are; `undefined` where there are none that its type can take. */
function place(wanted: Wanted, { columns, before }: PresentTable): Placed | undefined {
  const source = wantedOf(before).find(({ id }) => id === wanted.id)?.column;
  const type = source === undefined ? undefined : columns.get(source);
  const conversion = type === undefined ? undefined : conversionOf(plainType(type), wanted.type);
  return source !== undefined && conversion ? { ...wanted, source, conversion } : undefined;
}

/** By a name that is free where another column has the wanted one until it is renamed itself. */
function renamings(table: string, placed: readonly Placed[]): Change[] {
  const rename = (from: string, to: string): Change => ({ sql: `alter table ${table} rename column ${from} to ${to}` });
  const moved = placed.filter(({ source, column }) => source !== column);
  const waiting = moved.filter(({ column }) => moved.some(({ source }) => source === column));
  const taken = new Set(placed.flatMap(({ source, column }) => [source, column]));
  const free = (number: number): string =>
    taken.has(`moved_${number}`) ? free(number + moved.length) : `moved_${number}`;
  const between = new Map(waiting.map(({ id }, index) => [id, free(index + 1)]));
  return [
    ...waiting.map(({ id, source }) => rename(source, between.get(id) as string)),
    ...moved.map(({ id, source, column }) => rename(between.get(id) ?? source, column)),
  ];
}

function retyping(table: string, { source, column, type, conversion }: Placed): Change[] {
  if (conversion.kind === 'same') return [];
  const sql = `alter table ${table} alter column ${column} type ${type} using ${conversion.using(column)}`;
  const condition = conversion.losesWhere?.(source);
  return [{ sql, ...(condition !== undefined && { loses: { column: source, condition } }) }];
}

function constraintSql({ name, sql }: TableConstraint): string {
  return `constraint ${quoteName(name)} ${sql}`;
}

function createTable({ table }: Resource, wanted: readonly Wanted[], constraints: readonly TableConstraint[]): string {
  const lines = [
    'id uuid not null',
    'organization_id uuid not null references organizations on delete cascade',
    'key text collate "C" not null',
    'created_at timestamptz not null default now()',
    'updated_at timestamptz not null default now()',
    ...wanted.map(({ column, type, rest }) => `${column} ${type}${rest}`),
    'primary key (organization_id, id)',
    'unique (organization_id, key)',
    ...constraints.map(constraintSql),
  ];
  return `create table ${table} (\n  ${lines.join(',\n  ')}\n)`;
}

function wantedOf(resource: Resource): Wanted[] {
  const { columns, unlisted = [], open, document } = resource;
  const object = (id: string, column: { readonly sql: string } | undefined): Wanted[] =>
    column ? [{ id, column: column.sql, type: 'jsonb', rest: " not null default '{}'" }] : [];
  return [
    ...[...columns, ...unlisted].map(({ name, sql, type }) => {
      return { id: `field ${name}`, column: sql, type: type.sql, rest: '' };
    }),
    ...referencesOf(resource).map(({ fields, resource: other = '', column }) => {
      return { id: `reference ${JSON.stringify([other, ...fields])}`, column, type: 'text', rest: ' collate "C"' };
    }),
    ...object('open', open),
    ...object('document', document),
  ];
}
