import type { StoredRecord } from '../../resources/record-object.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Queryable, Transaction } from '../connection/pool.ts';
import { join, raw, type Sql, sql } from '../connection/sql.ts';
import { compareId, inOrder, isAmong, keysOf, RECORD_ALIAS, type RecordSource, sourceOf } from './record-source.ts';
import { recordColumns, toRecord } from './records.ts';

/** Some records of an organization. */
export interface RecordSet {
  readonly organizationId: string;
  readonly resource: Resource;
  /** On the resource's table as `RECORD_ALIAS`. */
  readonly condition: Sql;
}

/** What is held of records at once, unless a single one has more. */
const PAGE_BYTES = 1024 * 1024;

/** Some of an organization's records in the order of ids: those after one id, up to and with another. */
export interface Range {
  readonly after?: string | undefined;
  readonly last: string;
  /** Records that are looked at, whether they match or not: what a dear criteria costs is in proportion to it. */
  readonly reach: number;
}

/** How far a statement came. */
export interface Reached {
  /** The id of the last record it looked at; null when there was none. */
  readonly reached: string | null;
  /** None is left in the range. */
  readonly exhausted: boolean;
}

/** The id of an organization's newest record, if it has any. */
export async function newestRecord(
  db: Queryable,
  { resource, organizationId }: Omit<RecordSet, 'condition'>,
): Promise<string | null> {
  const source = sourceOf(resource);
  const { rows } = await db.query<{ id: string }>(
    sql`select ${raw(source.id)} as id from ${source.from(organizationId)} r where ${source.owned(organizationId)}
      order by ${inOrder(source, 'desc')} limit 1`,
  );
  return rows[0]?.id ?? null;
}

/** The ids of matching records behind one, in their order, `limit` at most. */
export async function idsAfter(
  db: Queryable,
  { resource, organizationId, condition }: RecordSet,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<string[]> {
  const source = sourceOf(resource);
  const { rows } = await db.query<{ id: string }>(
    sql`select ${raw(source.id)} as id from ${source.from(organizationId)} ${raw(RECORD_ALIAS)}
      where ${source.owned(organizationId)} and ${condition} and ${beyond(source, after)} order by ${inOrder(source)} limit ${limit}`,
  );
  return rows.map(({ id }) => id);
}

/** What there is in a range. */
export interface Survey extends Reached {
  /** Records that match. */
  readonly total: number;
  /** Names of the open columns that any of those has a value in, as many as were asked for at most. */
  readonly names: readonly string[];
}

/** Counts the records in a range that match, and finds `names` of their open columns at most. */
export async function surveyRecords(
  db: Queryable,
  set: RecordSet,
  range: Range & { readonly names: number },
): Promise<Survey> {
  const { organizationId } = set;
  const { open } = set.resource;
  const source = sourceOf(set.resource);
  const names =
    open && range.names > 0
      ? sql`array(select distinct member.name from matched cross join lateral jsonb_object_keys(matched.open) member(name) limit ${range.names})`
      : sql`'{}'::text[]`;
  const { rows } = await db.query<Survey>(
    sql`${looking(source, set, range)}, matched as materialized (
       select ${raw(open ? `r.${open.sql}` : 'null')} as open from ${source.from(organizationId)} r where ${within(source, set, range)})
     select (select count(*) from matched) as total, ${names} as names, ${reached(source, range)}`,
  );
  return rows[0] as Survey;
}

/** A page of records. */
export interface RecordPage extends Reached {
  readonly records: readonly StoredRecord[];
  /** As many as may be at once, in number or in size: there may be more within reach. */
  readonly full: false | 'number' | 'size';
}

/**
 * The next matching records, as many as fit in memory at once, at most `limit`.
 *
 * @returns fewer when they are large, or no more are within reach
 */
export async function readRecords(
  db: Queryable,
  set: RecordSet,
  range: Range & { readonly limit: number },
): Promise<RecordPage> {
  const { organizationId } = set;
  const source = sourceOf(set.resource);
  const order = inOrder(source);
  const { rows } = await db.query<Record<string, unknown> & Reached & { readonly found: number | null }>(
    sql`${looking(source, set, range)}
     select page.*, ${reached(source, range)} from (values (1)) one left join (
       select p.*, sum(octet_length(p::text)) over (order by ${order} rows between unbounded preceding and 1 preceding) as before,
         count(*) over () as found
       from (select ${raw(recordColumns(set.resource))} from ${source.from(organizationId)} ${raw(RECORD_ALIAS)}
         where ${within(source, set, range)} order by ${order} limit ${range.limit}) p
     ) page on before is null or before < ${PAGE_BYTES} order by ${order}`,
  );
  const found = rows.filter(({ id }) => id !== null);
  const records = found.map((row) => toRecord(set.resource, row));
  const { reached: end = null, exhausted = true } = rows[0] ?? {};
  // Behind a page that is full, in number or in size, there may be more.
  const full = records.length < (found[0]?.found ?? 0) ? 'size' : records.length === range.limit && 'number';
  return full
    ? { records, full, reached: records.at(-1)?.id ?? null, exhausted: false }
    : { records, full, reached: end, exhausted };
}

/** A record that is locked. */
export interface LockedRecord {
  readonly id: string;
  /** What was selected of it. */
  readonly texts: readonly (string | null)[];
  readonly differs: boolean;
}

/** What is locked, and what is to be known of it; SQL on the resource's table as `RECORD_ALIAS`. */
export interface Locking {
  /** Whether the records are to be deleted: else others may go on referring to them. */
  readonly deletes: boolean;
  /** Texts. */
  readonly texts: readonly Sql[];
  /** A condition. */
  readonly differs: Sql;
}

/** Locks the next matching records in the order of ids, at most `limit`; what no longer matches by then is left out. */
export async function lockNext(
  tx: Transaction,
  set: RecordSet,
  range: Range & Locking & { readonly limit: number },
): Promise<Reached & { readonly records: readonly LockedRecord[] }> {
  const source = sourceOf(set.resource);
  const { rows } = await tx.query<Reached & { readonly records: LockedRecord[] }>(
    sql`${looking(source, set, range)},
     taken as materialized (select ${locked(source, range)} from ${source.from(set.organizationId)} r where ${within(source, set, range)}
       order by ${inOrder(source)} limit ${range.limit} ${strength(range)})
     select ${AS_JSON} as records, ${reached(source, range)} from taken t`,
  );
  const { records, ...rest } = rows[0] as Reached & { readonly records: LockedRecord[] };
  return records.length < range.limit
    ? { records, ...rest }
    : { records, reached: (records.at(-1) as LockedRecord).id, exhausted: false };
}

/** Locks those of some records that match, in the order of ids. */
export async function lockThese(
  tx: Transaction,
  set: RecordSet,
  { ids, ...locking }: Locking & { readonly ids: readonly string[] },
): Promise<readonly LockedRecord[]> {
  const source = sourceOf(set.resource);
  const { rows } = await tx.query<{ records: LockedRecord[] }>(
    sql`with taken as materialized (select ${locked(source, locking)} from ${source.from(set.organizationId)} r
       where ${source.owned(set.organizationId)} and ${set.condition} and ${isAmong(source, ids)}
       order by ${inOrder(source)} ${strength(locking)})
     select ${AS_JSON} as records from taken t`,
  );
  return (rows[0] as { records: LockedRecord[] }).records;
}

/** In the order of ids, of which a materialized query is. */
const AS_JSON = raw(
  `coalesce(json_agg(json_build_object('id', t.record, 'texts', t.texts, 'differs', t.differs)), '[]')`,
);

function locked(source: RecordSource, { texts, differs }: Locking): Sql {
  return sql`${raw(source.id)}::text as record, array[${texts.length > 0 ? join(texts) : raw('null')}]::text[] as texts,
    coalesce(${differs}, true) as differs`;
}

function strength({ deletes }: Locking): Sql {
  return raw(`for ${deletes ? 'update' : 'no key update'} of r`);
}

/** What is to be known of some records, by their ids. @param texts SQL on the resource's table as `RECORD_ALIAS` */
export async function readTexts(
  db: Queryable,
  { resource, organizationId }: Omit<RecordSet, 'condition'>,
  { ids, texts }: { readonly ids: readonly string[]; readonly texts: readonly Sql[] },
): Promise<ReadonlyMap<string, readonly (string | null)[]>> {
  const source = sourceOf(resource);
  const { rows } = await db.query<{ record: string; texts: (string | null)[] }>(
    sql`select ${raw(source.id)}::text as record, array[${join(texts)}]::text[] as texts from ${source.from(organizationId)} r
      where ${source.owned(organizationId)} and ${isAmong(source, ids)}`,
  );
  return new Map(rows.map(({ record, texts: found }) => [record, found]));
}

/** The records to look at, of which an index tells; their number is bounded, and so is what comes after. */
function looking(source: RecordSource, { organizationId }: RecordSet, { after, last, reach }: Range): Sql {
  return sql`with seen as materialized (select ${raw(keysOf(source))} from ${source.from(organizationId)} r
    where ${source.owned(organizationId)} and ${beyond(source, after)} and ${compareId(source, '<=', last)}
    order by ${inOrder(source)} limit ${reach}::bigint)`;
}

function beyond(source: RecordSource, after: string | undefined): Sql {
  return after === undefined ? sql`true` : compareId(source, '>', after);
}

/** Of the last record that was looked at. @param selected of its keys */
function ofLastSeen(source: RecordSource, selected: string): Sql {
  return sql`(select ${raw(selected)} from seen order by ${inOrder(source, 'desc')} limit 1)`;
}

/** That a record `r` matches and was to be looked at. */
function within(source: RecordSource, { organizationId, condition }: RecordSet, { after }: Range): Sql {
  return sql`${source.owned(organizationId)} and ${condition} and ${beyond(source, after)}
    and (${raw(keysOf(source, 'r.'))}) <= ${ofLastSeen(source, keysOf(source))}`;
}

function reached(source: RecordSource, { reach }: Range): Sql {
  return sql`${ofLastSeen(source, source.id)} as reached, (select count(*) from seen) < ${reach}::bigint as exhausted`;
}
