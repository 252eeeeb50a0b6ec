import type { Resource } from '../resources/resource.ts';
import type { Queryable } from './pool.ts';

export interface StoredRecord {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** By name as the API spells it: the columns, open ones as one object under their prefix without the dot, the document. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface RecordQuery {
  readonly organizationId: string;
  /** Of the creation (which is the order of ids) or of the last change. */
  readonly sort: 'createdAt' | 'updatedAt';
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** A page of a resource's records and how many there are in all. */
export async function listRecords(
  db: Queryable,
  resource: Resource,
  query: RecordQuery,
): Promise<{ records: StoredRecord[]; total: number }> {
  const names = [
    ...resource.columns,
    ...(resource.open ? [{ name: resource.open.prefix.slice(0, -1), sql: resource.open.sql }] : []),
    ...(resource.document ? [resource.document] : []),
  ];
  const direction = query.descending ? 'desc' : 'asc';
  const order = query.sort === 'createdAt' ? `id ${direction}` : `updated_at ${direction}, id ${direction}`;
  const { rows } = await db.query<Record<string, unknown>>(
    `select id, created_at, updated_at, ${names.map(({ sql }) => sql).join(', ')} from ${resource.table}
     where organization_id = $1 order by ${order} limit $2 offset $3`,
    [query.organizationId, query.limit, query.offset],
  );
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from ${resource.table} where organization_id = $1`,
    [query.organizationId],
  );
  const records = rows.map((row) => ({
    id: row.id as string,
    createdAt: row.created_at as Date,
    updatedAt: row.updated_at as Date,
    values: Object.fromEntries(names.map(({ name, sql }) => [name, row[sql]])),
  }));
  return { records, total: counted[0]?.total ?? 0 };
}
