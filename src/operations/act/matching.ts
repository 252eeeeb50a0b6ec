import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { compileCriteria } from '../criteria/compile.ts';
import type { Criteria } from '../criteria/criteria.ts';

/** The records of an organization that a criteria matches. */
export interface Matching {
  readonly resource: Resource;
  readonly organizationId: string;
  readonly criteria: Criteria;
}

/** The condition that a row `d` matches; `$1` is the organization, and the criteria's own parameters start at `firstParameter`. */
export function matchingSql(
  { resource, criteria }: Omit<Matching, 'organizationId'>,
  firstParameter: number,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const { sql, values } = compileCriteria(resource, criteria, { alias: 'd', firstParameter });
  return { sql: `d.organization_id = $1 and ${sql}`, values };
}

/** Where the records of an organization end at a moment. */
export interface End {
  /** The id of the organization's newest record, whether it matches or not; null when there is none. */
  readonly newest: string | null;
  /** By the database's clock. */
  readonly now: Date;
}

/** What matches at a moment. */
export interface Matches extends End {
  readonly count: number;
}

export async function findEnd(db: Queryable, { resource, organizationId }: Matching): Promise<End> {
  const { rows } = await db.query<End>(
    `select clock_timestamp() as now,
       (select id from ${resource.table} where organization_id = $1 order by id desc limit 1) as newest`,
    [organizationId],
  );
  return rows[0] as End;
}

/** How many records match now. */
export async function countMatches(db: Queryable, matching: Matching): Promise<Matches> {
  const where = matchingSql(matching, 2);
  const { table } = matching.resource;
  const { rows } = await db.query<Matches>(
    `select count(*) as count, clock_timestamp() as now,
       (select id from ${table} where organization_id = $1 order by id desc limit 1) as newest
     from ${table} d where ${where.sql}`,
    [matching.organizationId, ...where.values],
  );
  return rows[0] as Matches;
}
