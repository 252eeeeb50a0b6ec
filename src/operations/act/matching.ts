import type { Resource } from '../../resources/resource.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { raw, type Sql, sql } from '../../store/connection/sql.ts';
import { compileCriteria } from '../criteria/compile.ts';
import type { Criteria } from '../criteria/criteria.ts';

/** The records of an organization that a criteria matches. */
export interface Matching {
  readonly resource: Resource;
  readonly organizationId: string;
  readonly criteria: Criteria;
}

/** The condition that a row `d` matches. */
export function matchingSql({ resource, organizationId, criteria }: Matching): Sql {
  return sql`d.organization_id = ${organizationId} and ${compileCriteria(resource, criteria, 'd')}`;
}

/** Where the records of an organization end at a moment. */
export interface End {
  /** The id of the organization's newest record, whether it matches or not; null if there is none. */
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
  const table = raw(matching.resource.table);
  const { rows } = await db.query<Matches>(
    sql`select count(*) as count, clock_timestamp() as now,
       (select id from ${table} where organization_id = ${matching.organizationId} order by id desc limit 1) as newest
     from ${table} d where ${matchingSql(matching)}`,
  );
  return rows[0] as Matches;
}
