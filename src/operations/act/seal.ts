import type { Transaction } from '../../store/connection/pool.ts';
import { type Matching, matchingSql } from './matching.ts';

/** Ids in a row of `preview_parts`: 160 KB. */
const PART = 10_000;

export interface Seal {
  readonly previewId: string;
  readonly tokenHash: string;
  readonly action: string;
}

/** Seals what matches now, for an hour. @returns how many records that are, the ids of the first 20, and the end of the hour */
export async function sealMatches(
  tx: Transaction,
  matching: Matching,
  { previewId, tokenHash, action }: Seal,
): Promise<{ readonly sealed: number; readonly first: readonly string[]; readonly expiresAt: Date }> {
  const { resource, organizationId, criteria } = matching;
  const where = matchingSql(matching, 6);
  const { rows } = await tx.query<{ sealed: number; first: string[]; expiresAt: Date }>(
    `with numbered as (select d.id, (row_number() over (order by d.id) - 1) / ${PART} as part from ${resource.table} d where ${where.sql}),
       grouped as (select part, array_agg(id order by id) as ids from numbered group by part),
       parts as (insert into preview_parts (preview_id, last_id, ids) select $2, ids[cardinality(ids)], ids from grouped
         returning cardinality(ids) as size)
     insert into previews (id, organization_id, token_hash, action, criteria, sealed, expires_at)
     select $2, $1, $3, $4, $5, coalesce(sum(size), 0), now() + interval '1 hour' from parts
     returning sealed, expires_at as "expiresAt", coalesce((select ids[1:20] from grouped where part = 0), '{}') as first`,
    [organizationId, previewId, tokenHash, action, JSON.stringify(criteria), ...where.values],
  );
  return rows[0] as { sealed: number; first: string[]; expiresAt: Date };
}

/**
 * Whether a record matches that the preview does not have. With `except`, since the planner takes an array for some ten ids: an
 * anti-join over a hundred of ten thousand became a loop of minutes; this takes 0.7 s for a million.
 */
export async function hasGrown(tx: Transaction, matching: Matching, previewId: string): Promise<boolean> {
  const where = matchingSql(matching, 3);
  const { rows } = await tx.query<{ grown: boolean }>(
    `select exists (select d.id from ${matching.resource.table} d where ${where.sql}
       except select unnest(ids) from preview_parts where preview_id = $2) as grown`,
    [matching.organizationId, previewId, ...where.values],
  );
  return rows[0]?.grown === true;
}
