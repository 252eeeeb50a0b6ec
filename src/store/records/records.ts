import type { StoredRecord } from '../../resources/record-object.ts';
import { selected } from '../../resources/record-values.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../connection/pool.ts';
import { raw, type Sql, sql } from '../connection/sql.ts';

/** Of a resource's table, where conditions on its records are compiled to stand. */
export const RECORD_ALIAS = 'r';

export interface RecordQuery {
  readonly organizationId: string;
  /** Of the creation (which is the order of ids) or of the last change. */
  readonly sort: 'createdAt' | 'updatedAt';
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
  /** On the resource's table as `RECORD_ALIAS`; all when not given. */
  readonly condition?: Sql;
}

/** The ids of a page of a resource's records, in its order, and how many there are in all. */
export async function listRecordIds(
  db: Queryable,
  resource: Resource,
  query: RecordQuery,
): Promise<{ ids: string[]; total: number }> {
  const direction = query.descending ? 'desc' : 'asc';
  const order = query.sort === 'createdAt' ? `id ${direction}` : `updated_at ${direction}, id ${direction}`;
  if (query.condition) return listMatching(db, resource, query, query.condition, order);
  const { table } = resource;
  const { rows } = await db.query<{ id: string }>(
    `select id from ${table} where organization_id = $1 order by ${order} limit $2 offset $3`,
    [query.organizationId, query.limit, query.offset],
  );
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from ${table} where organization_id = $1`,
    [query.organizationId],
  );
  return { ids: rows.map(({ id }) => id), total: counted[0]?.total ?? 0 };
}

/** The page and the number by one way through all of the records: of a million, it takes a second. */
async function listMatching(
  db: Queryable,
  resource: Resource,
  { organizationId, limit, offset }: RecordQuery,
  condition: Sql,
  order: string,
): Promise<{ ids: string[]; total: number }> {
  const { rows } = await db.query<{ ids: string[]; total: number }>(
    sql`with matching as materialized (
       select id, updated_at from ${raw(`${resource.table} ${RECORD_ALIAS}`)} where organization_id = ${organizationId} and ${condition})
     select (select count(*) from matching) as total,
       array(select id from matching order by ${raw(order)} limit ${limit} offset ${offset}) as ids`,
  );
  return rows[0] as { ids: string[]; total: number };
}

/** What is held of records at once, unless a single one has more. */
const PIECE_BYTES = 1024 * 1024;
/**
 * Records read at once: at first, and at most. To learn how large they are PostgreSQL unpacks all of them: of 50 documents of 1 MB, for four
 * requests at once, that took longer than a request may wait.
 */
const ROWS = { first: 50, firstDocuments: 10, most: 500 } as const;

/** Those of the records that are (still) there, in the order of `ids`, as many at a time as are good to hold: a document has up to 1 MiB. */
export async function* recordsInPieces(
  db: Queryable,
  resource: Resource,
  organizationId: string,
  ids: readonly string[],
): AsyncGenerator<StoredRecord[]> {
  for (let at = 0, fitting: number = resource.document ? ROWS.firstDocuments : ROWS.first; at < ids.length; ) {
    const wanted = ids.slice(at, at + fitting);
    const { rows } = await db.query<Record<string, unknown> & { readonly place: number }>(
      `select * from (
         select p.*, sum(octet_length(p::text)) over (order by place rows between unbounded preceding and 1 preceding) as before
         from (select ${recordColumns(resource)}, array_position($2::uuid[], id) as place from ${resource.table}
           where organization_id = $1 and id = any($2)) p
       ) piece where before is null or before < ${PIECE_BYTES} order by place`,
      [organizationId, wanted],
    );
    const last = rows.at(-1);
    if (!last) {
      at += wanted.length;
      continue;
    }
    yield rows.map((row) => toRecord(resource, row));
    at += last.place;
    // Of large records fewer fit, and PostgreSQL should not look at many that it does not give.
    fitting = Math.min(rows.length * 2, ROWS.most);
  }
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
  // By numbers: a column may be called as anything that a statement adds.
  const columns = members(resource).map((member, index) => `${member.selected} as c${index}`);
  return ['id', 'created_at', 'updated_at', ...columns].join(', ');
}

export function toRecord(resource: Resource, row: Record<string, unknown>): StoredRecord {
  return {
    id: row.id as string,
    createdAt: row.created_at as Date,
    updatedAt: row.updated_at as Date,
    values: Object.fromEntries(members(resource).map(({ name }, index) => [name, row[`c${index}`]])),
  };
}

function members({ columns, open, document }: Resource): { readonly name: string; readonly selected: string }[] {
  return [
    ...columns.map(({ name, sql, type }) => ({ name, selected: selected(sql, type.sql) })),
    ...(open ? [{ name: open.prefix.slice(0, -1), selected: open.sql }] : []),
    ...(document ? [{ name: document.name, selected: document.sql }] : []),
  ];
}
