import type { StoredRecord } from '../resources/record-object.ts';
import type { Resource } from '../resources/resource.ts';
import type { Queryable } from './pool.ts';

export interface RecordQuery {
  readonly organizationId: string;
  /** Of the creation (which is the order of ids) or of the last change. */
  readonly sort: 'createdAt' | 'updatedAt';
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
  /** On the resource's table as `r`, its parameters from `$2` on; all when not given. */
  readonly condition?: Condition;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A page of a resource's records and how many there are in all. */
export async function listRecords(
  db: Queryable,
  resource: Resource,
  query: RecordQuery,
): Promise<{ records: StoredRecord[]; total: number }> {
  const direction = query.descending ? 'desc' : 'asc';
  const order = query.sort === 'createdAt' ? `id ${direction}` : `updated_at ${direction}, id ${direction}`;
  if (query.condition) return listMatching(db, resource, query, query.condition, order);
  const { table } = resource;
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${recordColumns(resource)} from ${table} where organization_id = $1 order by ${order} limit $2 offset $3`,
    [query.organizationId, query.limit, query.offset],
  );
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from ${table} where organization_id = $1`,
    [query.organizationId],
  );
  return { records: rows.map((row) => toRecord(resource, row)), total: counted[0]?.total ?? 0 };
}

/** The page and the number by one way through all of the records: of a million, it takes a second. */
async function listMatching(
  db: Queryable,
  resource: Resource,
  { organizationId, limit, offset }: RecordQuery,
  { sql, values }: Condition,
  order: string,
): Promise<{ records: StoredRecord[]; total: number }> {
  const { table } = resource;
  const next = values.length + 2;
  const { rows } = await db.query<Record<string, unknown> & { readonly total: number }>(
    `with matching as materialized (select id, updated_at from ${table} r where organization_id = $1 and ${sql})
     select counted.total, page.* from (select count(*) as total from matching) counted left join lateral (
       select ${recordColumns(resource)} from ${table} where organization_id = $1
         and id = any(array(select id from matching order by ${order} limit $${next} offset $${next + 1}))
       order by ${order}) page on true`,
    [organizationId, ...values, limit, offset],
  );
  const found = rows.filter(({ id }) => id !== null);
  return { records: found.map((row) => toRecord(resource, row)), total: rows[0]?.total ?? 0 };
}

/** Records of an organization by their ids, in the order of ids; those that are not there are left out. */
export async function findRecords(
  db: Queryable,
  resource: Resource,
  organizationId: string,
  ids: readonly string[],
): Promise<StoredRecord[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select ${recordColumns(resource)} from ${resource.table} where organization_id = $1 and id = any($2) order by id`,
    [organizationId, ids],
  );
  return rows.map((row) => toRecord(resource, row));
}

/** What a query must select to make a `StoredRecord` of its rows. */
export function recordColumns(resource: Resource): string {
  return ['id', 'created_at', 'updated_at', ...members(resource).map(({ sql }) => sql)].join(', ');
}

export function toRecord(resource: Resource, row: Record<string, unknown>): StoredRecord {
  return {
    id: row.id as string,
    createdAt: row.created_at as Date,
    updatedAt: row.updated_at as Date,
    values: Object.fromEntries(members(resource).map(({ name, sql }) => [name, row[sql]])),
  };
}

function members({ columns, open, document }: Resource): { readonly name: string; readonly sql: string }[] {
  return [
    ...columns,
    ...(open ? [{ name: open.prefix.slice(0, -1), sql: open.sql }] : []),
    ...(document ? [document] : []),
  ];
}
