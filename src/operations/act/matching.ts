import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../../store/pool.ts';
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

/** How many records match, and what time it is on the database's clock. */
export async function countMatches(db: Queryable, matching: Matching): Promise<{ count: number; now: Date }> {
  const where = matchingSql(matching, 2);
  const { rows } = await db.query<{ count: number; now: Date }>(
    `select count(*) as count, clock_timestamp() as now from ${matching.resource.table} d where ${where.sql}`,
    [matching.organizationId, ...where.values],
  );
  return rows[0] as { count: number; now: Date };
}
