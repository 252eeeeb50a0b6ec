import type { Queryable, Transaction } from '../../store/connection/pool.ts';
import { raw, sql } from '../../store/connection/sql.ts';
import { inOrder, RECORD_ALIAS, sourceOf } from '../../store/records/record-source.ts';
import { type Matching, matchingSet } from './matching.ts';

/** Ids in a row of `preview_parts`: 160 KB of UUIDs. */
const PART = 10_000;

export interface Seal {
  readonly previewId: string;
  readonly tokenHash: string;
  readonly action: string;
  /** What a task must ask for that uses the preview, as JSON: criteria, and values. */
  readonly asked: unknown;
}

/** Seals what matches now, for an hour. @returns how many records that are, the ids of the first 20, and the end of the hour */
export async function sealMatches(
  tx: Transaction,
  matching: Matching,
  { previewId, tokenHash, action, asked }: Seal,
): Promise<{ readonly sealed: number; readonly first: readonly string[]; readonly expiresAt: Date }> {
  const { resource, organizationId, condition } = matchingSet(matching);
  const source = sourceOf(resource);
  const { rows } = await tx.query<{ sealed: number; first: string[]; expiresAt: Date }>(
    sql`with numbered as (select ${raw(source.id)}::text as id, row_number() over (order by ${inOrder(source)}) - 1 as place
         from ${source.from} ${raw(RECORD_ALIAS)} where ${source.owned(organizationId)} and ${condition}),
       grouped as (select place / ${PART}::integer as part, array_agg(id order by place) as ids from numbered group by 1),
       parts as (insert into preview_parts (preview_id, part, ids) select ${previewId}, part, ids from grouped
         returning cardinality(ids) as size)
     insert into previews (id, organization_id, token_hash, action, criteria, sealed, expires_at)
     select ${previewId}, ${organizationId}, ${tokenHash}, ${action}, ${JSON.stringify(asked)}, coalesce(sum(size), 0),
       now() + interval '1 hour' from parts
     returning sealed, expires_at as "expiresAt", coalesce((select ids[1:20] from grouped where part = 0), '{}') as first`,
  );
  return rows[0] as { sealed: number; first: string[]; expiresAt: Date };
}

/**
 * Whether a record matches that the preview does not have. With `except`, since the planner takes an array for some ten ids: an
 * anti-join over a hundred of ten thousand became a loop of minutes; this takes a second for a million.
 */
export async function hasGrown(tx: Transaction, matching: Matching, previewId: string): Promise<boolean> {
  const { resource, organizationId, condition } = matchingSet(matching);
  const source = sourceOf(resource);
  const { rows } = await tx.query<{ grown: boolean }>(
    sql`select exists (select ${raw(source.id)}::text from ${source.from} ${raw(RECORD_ALIAS)}
         where ${source.owned(organizationId)} and ${condition}
       except select unnest(ids) from preview_parts where preview_id = ${previewId}) as grown`,
  );
  return rows[0]?.grown === true;
}

/** Sealed ids in their order, `size` at most, behind so many others; fewer at the end of a part, none at the end. */
export async function sealedIds(
  db: Queryable,
  previewId: string,
  { offset, size }: { readonly offset: number; readonly size: number },
): Promise<string[]> {
  const from = offset % PART;
  const { rows } = await db.query<{ ids: string[] }>(
    sql`select ids[${from + 1}:${from + size}] as ids from preview_parts
      where preview_id = ${previewId} and part = ${Math.floor(offset / PART)}`,
  );
  return rows[0]?.ids ?? [];
}
