import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { raw, sql } from '../../store/connection/sql.ts';
import { newestRecord, type RecordSet } from '../../store/records/record-pages.ts';
import { RECORD_ALIAS, sourceOf } from '../../store/records/record-source.ts';
import { compileCriteria } from '../criteria/compile.ts';
import type { Criteria } from '../criteria/criteria.ts';

/** The records of an organization that a criteria matches. */
export interface Matching {
  readonly resource: Resource;
  readonly organizationId: string;
  readonly criteria: Criteria;
}

/** The records that match, for statements that read them. */
export function matchingSet({ resource, organizationId, criteria }: Matching): RecordSet {
  return { resource, organizationId, condition: compileCriteria(resource, criteria, RECORD_ALIAS) };
}

/** Where the records of an organization end at a moment. */
export interface End {
  /** The id of the organization's newest record, whether it matches or not; null if there is none. */
  readonly newest: string | null;
  /** By the database's clock. */
  readonly now: Date;
}

export async function findEnd(db: Queryable, matching: Matching): Promise<End> {
  const newest = await newestRecord(db, matching);
  const { rows } = await db.query<{ now: Date }>('select clock_timestamp() as now');
  return { newest, now: (rows[0] as { now: Date }).now };
}

/** How many records match now. */
export async function countMatches(db: Queryable, matching: Matching): Promise<number> {
  const { resource, organizationId, condition } = matchingSet(matching);
  const source = sourceOf(resource);
  const { rows } = await db.query<{ count: number }>(
    sql`select count(*) as count from ${source.from(organizationId)} ${raw(RECORD_ALIAS)} where ${source.owned(organizationId)} and ${condition}`,
  );
  return (rows[0] as { count: number }).count;
}
