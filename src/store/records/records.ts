import type { StoredRecord } from '../../resources/record-object.ts';
import { selected } from '../../resources/record-values.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../connection/pool.ts';
import { raw, type Sql, sql } from '../connection/sql.ts';
import { inOrder, isAmong, keysOf, RECORD_ALIAS, sourceOf } from './record-source.ts';

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
  const { condition, organizationId, limit, offset } = query;
  const source = sourceOf(resource);
  const order = orderOf(resource, query);
  if (condition) return listMatching(db, resource, query, condition);
  const { rows } = await db.query<{ id: string }>(
    sql`select ${raw(source.id)} as id from ${source.from(organizationId)} r where ${source.owned(organizationId)}
      order by ${order} limit ${limit} offset ${offset}`,
  );
  const { rows: counted } = await db.query<{ total: number }>(
    sql`select count(*) as total from ${source.from(organizationId)} r where ${source.owned(organizationId)}`,
  );
  return { ids: rows.map(({ id }) => id), total: counted[0]?.total ?? 0 };
}

/** Nobody knows when the records of an owner's table were made: they are in the order of their keys. */
function orderOf(resource: Resource, { sort, descending }: RecordQuery): Sql {
  const direction = descending ? 'desc' : 'asc';
  const byId = inOrder(sourceOf(resource), direction);
  return sort === 'createdAt' || resource.adopted ? byId : sql`updated_at ${raw(direction)}, ${byId}`;
}

/** The page and the number by one way through all of the records: of a million, it takes a second. */
async function listMatching(
  db: Queryable,
  resource: Resource,
  query: RecordQuery,
  condition: Sql,
): Promise<{ ids: string[]; total: number }> {
  const { organizationId, limit, offset } = query;
  const source = sourceOf(resource);
  const { rows } = await db.query<{ ids: string[]; total: number }>(
    sql`with matching as materialized (
       select ${raw(keysOf(source))}${raw(resource.adopted ? '' : ', updated_at')} from ${source.from(organizationId)} ${raw(RECORD_ALIAS)}
       where ${source.owned(organizationId)} and ${condition})
     select (select count(*) from matching) as total,
       array(select ${raw(source.id)} from matching order by ${orderOf(resource, query)} limit ${limit} offset ${offset}) as ids`,
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
  const source = sourceOf(resource);
  for (let at = 0, fitting: number = resource.document ? ROWS.firstDocuments : ROWS.first; at < ids.length; ) {
    const wanted = ids.slice(at, at + fitting);
    const { rows } = await db.query<Record<string, unknown> & { readonly place: number }>(
      sql`select * from (
         select p.*, sum(octet_length(p::text)) over (order by place rows between unbounded preceding and 1 preceding) as before
         from (select ${raw(recordColumns(resource))}, array_position(${wanted}::${raw(source.idType)}[], ${raw(source.id)}) as place
           from ${source.from(organizationId)} r where ${source.owned(organizationId)} and ${isAmong(source, wanted)}) p
       ) piece where before is null or before < ${PIECE_BYTES} order by place`,
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
  const source = sourceOf(resource);
  const { rows } = await db.query<Record<string, unknown>>(
    sql`select ${raw(recordColumns(resource))} from ${source.from(organizationId)} r
      where ${source.owned(organizationId)} and ${isAmong(source, ids)} order by ${inOrder(source)}`,
  );
  return rows.map((row) => toRecord(resource, row));
}

/** What a query must select to make a `StoredRecord` of its rows, and the keys of their order. */
export function recordColumns(resource: Resource): string {
  // By numbers: a column may be called as anything that a statement adds.
  const columns = members(resource).map((member, index) => `${member.selected} as c${index}`);
  const { id, idType, moments, keys } = sourceOf(resource);
  const own = [`${id} as id`, `${moments[0]} as created_at`, `${moments[1]} as updated_at`];
  return [...own, ...columns, ...(idType === 'uuid' ? [] : keys)].join(', ');
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
