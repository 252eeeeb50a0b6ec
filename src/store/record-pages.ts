import type { StoredRecord } from '../resources/record-object.ts';
import type { Resource } from '../resources/resource.ts';
import type { Queryable } from './pool.ts';
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

/** How many there are, and the id of the organization's newest record of all, if it has any. */
export async function measureRecords(db: Queryable, set: RecordSet): Promise<{ total: number; last: string | null }> {
  const { table } = set.resource;
  const { rows } = await db.query<{ total: number; last: string | null }>(
    `select count(*) as total, (select id from ${table} where organization_id = $1 order by id desc limit 1) as last
     from ${table} r where ${matching(set)}`,
    values(set),
  );
  return rows[0] as { total: number; last: string | null };
}

/** The names of the open columns that any of them has a value in, by code points; `limit` at most. */
export async function openNames(db: Queryable, set: RecordSet, limit: number): Promise<string[]> {
  const { open, table } = set.resource;
  if (!open) return [];
  const { rows } = await db.query<{ name: string }>(
    `select distinct member.name collate "C" as name from ${table} r cross join lateral jsonb_object_keys(r.${open.sql}) member(name)
     where ${matching(set)} order by 1 limit $${next(set)}`,
    [...values(set), limit],
  );
  return rows.map(({ name }) => name);
}

/**
 * The next records in the order of ids, as many as are good to hold at once.
 *
 * @param range those after one id, up to and with another; `limit` are looked at
 * @returns at least one if there are any; fewer than `limit` when they are large, or there are no more
 */
export async function readRecords(
  db: Queryable,
  set: RecordSet,
  range: { readonly after?: string | undefined; readonly last: string; readonly limit: number },
): Promise<StoredRecord[]> {
  const parameter = next(set);
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from (
       select p.*, sum(octet_length(p::text)) over (order by id rows between unbounded preceding and 1 preceding) as before
       from (select ${recordColumns(set.resource)} from ${set.resource.table} r
         where ${matching(set)} and r.id > $${parameter} and r.id <= $${parameter + 1} order by r.id limit $${parameter + 2}) p
     ) page where before is null or before < ${PAGE_BYTES} order by id`,
    [...values(set), range.after ?? BEFORE_ALL, range.last, range.limit],
  );
  return rows.map((row) => toRecord(set.resource, row));
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
