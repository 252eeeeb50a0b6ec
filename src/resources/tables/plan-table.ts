import type { Column, Resource } from '../resource.ts';

/** The schema of the tables that are made for declared resources. */
export const RECORDS_SCHEMA = 'openbulk_records';

/** A table of ours as PostgreSQL has it: types by column, each name as a statement has it. */
export type PresentTable = ReadonlyMap<string, string>;

/** A step from a table as it is to the one that a resource needs. */
export interface Change {
  readonly sql: string;
  /** The column whose values it removes, as a statement has it. */
  readonly loses?: string;
}

/** Beside the declared ones (`Resource`). */
const OUR_COLUMNS = `id uuid not null,
  organization_id uuid not null references organizations on delete cascade,
  key text collate "C" not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()`;

/** Types whose every value is also one of the other, and stays the same. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  integer: ['bigint', 'numeric', 'text'],
  bigint: ['numeric', 'text'],
  numeric: ['text'],
  boolean: ['text'],
  uuid: ['text'],
  date: ['text'],
  time: ['text'],
};

/** What makes the table of a resource, or of a table that is there the one that the resource needs now. */
export function planTable(resource: Resource, present?: PresentTable): Change[] {
  const wanted = new Map(columnsOf(resource));
  if (!present) return [{ sql: createTable(resource, wanted) }];
  const { table } = resource;
  const gone = [...present.keys()].filter((column) => !wanted.has(column) && !OURS.has(column));
  return [
    ...[...wanted].flatMap(([column, type]) => planColumn(table, column, type, present.get(column))),
    ...gone.map((column) => ({ sql: `alter table ${table} drop column ${column}`, loses: column })),
  ];
}

const OURS = new Set(['id', 'organization_id', 'key', 'created_at', 'updated_at']);

function planColumn(table: string, column: string, type: string, present: string | undefined): Change[] {
  const add = { sql: `alter table ${table} add column ${column} ${type}` };
  if (present === undefined) return [add];
  if (present === type) return [];
  if (WIDER[present]?.includes(type)) {
    return [{ sql: `alter table ${table} alter column ${column} type ${type} using ${column}::${type}` }];
  }
  return [{ sql: `alter table ${table} drop column ${column}`, loses: column }, add];
}

function createTable({ table }: Resource, columns: ReadonlyMap<string, string>): string {
  const declared = [...columns].map(([column, type]) => `  ${column} ${type},\n`).join('');
  return `create table ${table} (
  ${OUR_COLUMNS},
${declared}  primary key (organization_id, id),
  unique (organization_id, key)
)`;
}

/** The declared columns and their types. */
function columnsOf({ columns, unlisted = [], open, document }: Resource): [string, string][] {
  const object = (column: { readonly sql: string } | undefined): [string, string][] =>
    column ? [[column.sql, "jsonb not null default '{}'"]] : [];
  return [
    ...[...columns, ...unlisted].map(({ sql, type }: Column): [string, string] => [sql, type.sql]),
    ...object(open),
    ...object(document),
  ];
}
