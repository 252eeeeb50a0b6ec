import type { Transaction } from '../../store/connection/pool.ts';
import { raw, sql } from '../../store/connection/sql.ts';
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
  const table = raw(resource.table);
  const { rows } = await tx.query<{ sealed: number; first: string[]; expiresAt: Date }>(
    sql`with numbered as (select d.id, (row_number() over (order by d.id) - 1) / ${PART}::integer as part
         from ${table} d where ${matchingSql(matching)}),
       grouped as (select part, array_agg(id order by id) as ids from numbered group by part),
       parts as (insert into preview_parts (preview_id, last_id, ids) select ${previewId}, ids[cardinality(ids)], ids from grouped
         returning cardinality(ids) as size)
     insert into previews (id, organization_id, token_hash, action, criteria, sealed, expires_at)
     select ${previewId}, ${organizationId}, ${tokenHash}, ${action}, ${JSON.stringify(criteria)}, coalesce(sum(size), 0),
       now() + interval '1 hour' from parts
     returning sealed, expires_at as "expiresAt", coalesce((select ids[1:20] from grouped where part = 0), '{}') as first`,
  );
  return rows[0] as { sealed: number; first: string[]; expiresAt: Date };
}

/**
 * Whether a record matches that the preview does not have. With `except`, since the planner takes an array for some ten ids: an
 * anti-join over a hundred of ten thousand became a loop of minutes; this takes 0.7 s for a million.
 */
export async function hasGrown(tx: Transaction, matching: Matching, previewId: string): Promise<boolean> {
  const table = raw(matching.resource.table);
  const { rows } = await tx.query<{ grown: boolean }>(
    sql`select exists (select d.id from ${table} d where ${matchingSql(matching)}
       except select unnest(ids) from preview_parts where preview_id = ${previewId}) as grown`,
  );
  return rows[0]?.grown === true;
}
