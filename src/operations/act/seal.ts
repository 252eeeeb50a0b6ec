import type { Resource } from '../../resources/resource.ts';
import type { Queryable, Transaction } from '../../store/connection/pool.ts';
import { raw, type Sql, sql } from '../../store/connection/sql.ts';
import { idsAfter } from '../../store/records/record-pages.ts';
import { inOrder, RECORD_ALIAS, sourceOf } from '../../store/records/record-source.ts';
import type { RecordsPlace } from '../records-place.ts';
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

/** Whether the records of a resource are in another database. */
export function isElsewhere({ adopted }: Resource): boolean {
  return adopted?.connection !== undefined;
}

/** Seals what matches now, for an hour. @returns how many records that are, the ids of the first 20, and the end of the hour */
export async function sealMatches(
  tx: Transaction,
  place: RecordsPlace,
  matching: Matching,
  seal: Seal,
): Promise<{ readonly sealed: number; readonly first: readonly string[]; readonly expiresAt: Date }> {
  if (isElsewhere(matching.resource)) return sealThere(tx, place, matching, seal);
  const { resource, organizationId, condition } = matchingSet(matching);
  const source = sourceOf(resource);
  const { rows } = await tx.query<{ sealed: number; first: string[]; expiresAt: Date }>(
    sql`with numbered as (select ${raw(source.id)}::text as id, row_number() over (order by ${inOrder(source)}) - 1 as place
         from ${source.from(organizationId)} ${raw(RECORD_ALIAS)} where ${source.owned(organizationId)} and ${condition}),
       grouped as (select place / ${PART}::integer as part, array_agg(id order by place) as ids from numbered group by 1),
       parts as (insert into preview_parts (preview_id, part, ids) select ${seal.previewId}, part, ids from grouped
         returning cardinality(ids) as size)
     ${preview(organizationId, seal, sql`(select coalesce(sum(size), 0) from parts)`)},
       coalesce((select ids[1:20] from grouped where part = 0), '{}') as first`,
  );
  return rows[0] as { sealed: number; first: string[]; expiresAt: Date };
}

function preview(organizationId: string, { previewId, tokenHash, action, asked }: Seal, sealed: Sql): Sql {
  return sql`insert into previews (id, organization_id, token_hash, action, criteria, sealed, expires_at)
     values (${previewId}, ${organizationId}, ${tokenHash}, ${action}, ${JSON.stringify(asked)}, ${sealed}, now() + interval '1 hour')
     returning sealed, expires_at as "expiresAt"`;
}

/** Of records in another database the ids come here, a part at a time. */
async function sealThere(
  tx: Transaction,
  { read }: RecordsPlace,
  matching: Matching,
  seal: Seal,
): Promise<{ readonly sealed: number; readonly first: readonly string[]; readonly expiresAt: Date }> {
  const { organizationId } = matching;
  const { rows } = await tx.query<{ expiresAt: Date }>(preview(organizationId, seal, sql`0`));
  let sealed = 0;
  let first: readonly string[] = [];
  let part = 0;
  for await (const ids of matchingIds(read, matching)) {
    if (part === 0) first = ids.slice(0, 20);
    await tx.query(sql`insert into preview_parts (preview_id, part, ids) values (${seal.previewId}, ${part}, ${ids})`);
    sealed += ids.length;
    part += 1;
  }
  await tx.query('update previews set sealed = $2 where id = $1', [seal.previewId, sealed]);
  return { sealed, first, expiresAt: (rows[0] as { expiresAt: Date }).expiresAt };
}

/** The ids of all that matches in another database, in their order, a part at a time. */
async function* matchingIds(read: RecordsPlace['read'], matching: Matching): AsyncGenerator<string[]> {
  for (let after: string | undefined; ; ) {
    const ids = await read((db) => idsAfter(db, matchingSet(matching), { after, limit: PART }));
    if (ids.length > 0) yield ids;
    if (ids.length < PART) return;
    after = ids.at(-1);
  }
}

/**
 * Whether a record matches that the preview does not have. With `except`, since the planner takes an array for some ten ids: an
 * anti-join over a hundred of ten thousand became a loop of minutes; this takes a second for a million.
 */
export async function hasGrown(
  tx: Transaction,
  place: RecordsPlace,
  matching: Matching,
  previewId: string,
): Promise<boolean> {
  if (isElsewhere(matching.resource)) return hasGrownThere(tx, place, matching, previewId);
  const { resource, organizationId, condition } = matchingSet(matching);
  const source = sourceOf(resource);
  const { rows } = await tx.query<{ grown: boolean }>(
    sql`select exists (select ${raw(source.id)}::text from ${source.from(organizationId)} ${raw(RECORD_ALIAS)}
         where ${source.owned(organizationId)} and ${condition}
       except select unnest(ids) from preview_parts where preview_id = ${previewId}) as grown`,
  );
  return rows[0]?.grown === true;
}

/** Both are in one order, which only their database knows: what is not met on the way through the sealed ids is new. */
async function hasGrownThere(
  tx: Transaction,
  { read }: RecordsPlace,
  matching: Matching,
  previewId: string,
): Promise<boolean> {
  let sealed: readonly string[] = [];
  let offset = 0;
  let at = 0;
  for await (const ids of matchingIds(read, matching)) {
    for (const id of ids) {
      for (; sealed[at] !== id; at += 1) {
        if (at < sealed.length) continue;
        sealed = await sealedIds(tx, previewId, { offset, size: PART });
        if (sealed.length === 0) return true;
        offset += sealed.length;
        at = -1;
      }
    }
  }
  return false;
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
