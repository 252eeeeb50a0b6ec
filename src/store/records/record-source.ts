import { type HeldReference, idColumns, type OwnersTable, type Resource } from '../../resources/resource.ts';
import { quoteName, quoteNames } from '../connection/quote.ts';
import { join, raw, type Sql, sql } from '../connection/sql.ts';

/** Of a resource's table, where conditions on its records are compiled to stand. */
export const RECORD_ALIAS = 'r';

/**
 * How the records of a resource are read: those of a table of ours by their ids, those of an owner's table by its key. What tells a record is
 * one text in either case, its id.
 */
export interface RecordSource {
  /** What stands in FROM, without its alias: each column of the resource under its name, as the type that is declared. */
  from(organizationId: string): Sql;
  /** Columns that give the order of ids, without an alias. */
  readonly keys: readonly string[];
  /** The id of a row that has the keys. */
  readonly id: string;
  /** Its type. */
  readonly idType: 'uuid' | 'text';
  /** When a row was inserted and changed last, in SQL. */
  readonly moments: readonly [createdAt: string, updatedAt: string];
  /** That a record `r` is the organization's. */
  owned(organizationId: string): Sql;
}

export function sourceOf(resource: Resource): RecordSource {
  return resource.adopted ? adopted(resource, resource.adopted) : OURS(resource.table);
}

function OURS(table: string): RecordSource {
  return {
    from: () => raw(table),
    keys: ['id'],
    id: 'id',
    idType: 'uuid',
    moments: ['created_at', 'updated_at'],
    owned: (organizationId) => sql`r.organization_id = ${organizationId}`,
  };
}

/** Names that no column has: longer than PostgreSQL lets any be would be cut, blanks are enough. */
const keyName = (index: number) => `"openbulk key ${index + 1}"`;
const OWNER = '"openbulk organization"';

/** PostgreSQL takes this query apart: conditions on keys are looked up in the table's index. */
function adopted(resource: Resource, { organization, references }: OwnersTable): RecordSource {
  const { table, columns } = resource;
  const referenceOf = (field: string) => references.find(({ fields }) => fields.includes(field));
  const keyColumns = idColumns(resource);
  const keys = keyColumns.map((_, index) => keyName(index));
  // A row without a key is none that could be told from others.
  const told = keyColumns.map((column) => `t.${column} is not null`);
  const selected = [
    ...keyColumns.map((column, index) => `t.${column} as ${keyName(index)}`),
    ...(organization ? [`t.${organization.sql} as ${OWNER}`] : []),
  ].map(raw);
  return {
    from(organizationId) {
      const values = columns.map(({ name, sql: column, type }) => {
        const reference = referenceOf(name);
        if (!reference) return raw(`t.${column}::${type.sql} as ${column}`);
        return sql`${named(reference, name, organizationId)}::${raw(`${type.sql} as ${column}`)}`;
      });
      return sql`(select ${join([...values, ...selected], ', ')} from ${raw(`${table} t where ${told.join(' and ')}`)})`;
    },
    keys,
    id: `jsonb_build_array(${keys.map((name) => `${name}::text`).join(', ')})::text`,
    idType: 'text',
    moments: ['null::timestamptz', 'null::timestamptz'],
    owned: (organizationId) => (organization ? belongs(organization, `r.${OWNER}`, organizationId) : sql`true`),
  };
}

/**
 * What a record `t` names by a field of a reference: nothing, where it names no record of the organization. Not by a join: which rows there are must
 * not depend on the other table, and whoever does not ask for the field does not pay for it.
 */
function named({ fields, column, holds, to }: HeldReference, field: string, organizationId: string): Sql {
  if (!to) return sql`null`;
  const { schema, table, columns, organization } = to;
  const target = quoteName(columns[fields.indexOf(field)] as string);
  const isTheirs = organization ? sql` and ${belongs(organization, `k.${organization.sql}`, organizationId)}` : sql``;
  return sql`(select ${raw(`k.${target} from ${quoteNames(schema, table)} k where k.${quoteName(holds)} = t.${quoteName(column)}`)}${isTheirs})`;
}

/** That a column says a record to be the organization's. */
function belongs(
  { holds, slug }: NonNullable<OwnersTable['organization']>,
  column: string,
  organizationId: string,
): Sql {
  const value =
    holds === 'id'
      ? sql`${organizationId}::uuid`
      : slug === undefined
        ? sql`(select slug from organizations where id = ${organizationId})`
        : sql`${slug}`;
  return sql`${raw(column)} = ${value}`;
}

/** The keys of a source, as a list of SELECT or as a row. @param alias with its dot */
export function keysOf({ keys }: RecordSource, alias = ''): string {
  return keys.map((key) => `${alias}${key}`).join(', ');
}

/** What ORDER BY has for the order of ids. */
export function inOrder({ keys }: RecordSource, direction: 'asc' | 'desc' = 'asc'): Sql {
  return raw(keys.map((key) => `${key} ${direction}`).join(', '));
}

/** That a record `r` comes before or after the one of an id in the order of ids, or is that one. */
export function compareId(source: RecordSource, comparison: '>' | '<=', id: string): Sql {
  return sql`(${raw(keysOf(source, 'r.'))}) ${raw(comparison)} (${join(valuesOf(source, id))})`;
}

/** That a record `r` is one of these. */
export function isAmong(source: RecordSource, ids: readonly string[]): Sql {
  if (source.idType === 'uuid') return sql`r.id = any(${ids}::uuid[])`;
  if (ids.length === 0) return sql`false`;
  const rows = ids.map((id) => sql`(${join(valuesOf(source, id))})`);
  return sql`(${raw(keysOf(source, 'r.'))}) in (${join(rows)})`;
}

/** Values of the keys: PostgreSQL takes each for what its column is. */
function valuesOf({ idType }: RecordSource, id: string): Sql[] {
  if (idType === 'uuid') return [sql`${id}::uuid`];
  return (JSON.parse(id) as string[]).map((value) => sql`${value}`);
}
