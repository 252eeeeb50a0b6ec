import type { StoredRecord } from '../../resources/record-object.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../connection/pool.ts';
import { recordColumns, toRecord } from './records.ts';

/** Some records of an organization. */
export interface RecordSet {
  readonly organizationId: string;
  readonly resource: Resource;
  /** On `r`, the resource's table; its parameters begin with `$2`. */
  readonly condition: { readonly sql: string; readonly values: readonly unknown[] };
}

/** Where the condition of a `RecordSet` is compiled to stand. */
export const RECORD_SET = { alias: 'r', firstParameter: 2 } as const;

/** What is held of records at once, unless a single one has more. */
const PAGE_BYTES = 1024 * 1024;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

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
export async function newestRecord(db: Queryable, { resource, organizationId }: RecordSet): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(
    `select id from ${resource.table} where organization_id = $1 order by id desc limit 1`,
    [organizationId],
  );
  return rows[0]?.id ?? null;
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
  const { open } = set.resource;
  const names =
    open && range.names > 0
      ? `array(select distinct member.name from matched cross join lateral jsonb_object_keys(matched.open) member(name) limit ${range.names})`
      : `'{}'::text[]`;
  const { rows } = await db.query<Survey>(
    `${looking(set)}, matched as materialized (select ${open ? `r.${open.sql}` : 'null'} as open from ${set.resource.table} r where ${within(set)})
     select (select count(*) from matched) as total, ${names} as names, ${reached(set)}`,
    [...values(set), ...bounds(range)],
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
 * The next records that match, as many as are good to hold at once, and no more than `limit`.
 *
 * @returns fewer when they are large, or no more are within reach
 */
export async function readRecords(
  db: Queryable,
  set: RecordSet,
  range: Range & { readonly limit: number },
): Promise<RecordPage> {
  const { rows } = await db.query<Record<string, unknown> & Reached & { readonly found: number | null }>(
    `${looking(set)}
     select page.*, ${reached(set)} from (values (1)) one left join (
       select p.*, sum(octet_length(p::text)) over (order by id rows between unbounded preceding and 1 preceding) as before,
         count(*) over () as found
       from (select ${recordColumns(set.resource)} from ${set.resource.table} r
         where ${within(set)} order by r.id limit $${next(set) + 3}) p
     ) page on before is null or before < ${PAGE_BYTES} order by id`,
    [...values(set), ...bounds(range), range.limit],
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

/** The records to look at, of which an index tells; their number is bounded, and so is what comes after. */
function looking(set: RecordSet): string {
  const [after, last, reach] = [next(set), next(set) + 1, next(set) + 2].map((number) => `$${number}`);
  return `with seen as materialized (select id from ${set.resource.table}
    where organization_id = $1 and id > ${after}::uuid and id <= ${last}::uuid order by id limit ${reach}::bigint)`;
}

const LAST_SEEN = '(select id from seen order by id desc limit 1)';

/** That a record `r` matches and was to be looked at. */
function within(set: RecordSet): string {
  return `${matching(set)} and r.id > $${next(set)}::uuid and r.id <= ${LAST_SEEN}`;
}

function reached(set: RecordSet): string {
  return `${LAST_SEEN} as reached, (select count(*) from seen) < $${next(set) + 2}::bigint as exhausted`;
}

function bounds({ after = BEFORE_ALL, last, reach }: Range): unknown[] {
  return [after, last, reach];
}

function matching({ condition }: RecordSet): string {
  return `r.organization_id = $1 and ${condition.sql}`;
}

function values({ organizationId, condition }: RecordSet): unknown[] {
  return [organizationId, ...condition.values];
}

/** Number of the first parameter that the condition leaves free. */
function next({ condition }: RecordSet): number {
  return RECORD_SET.firstParameter + condition.values.length;
}
