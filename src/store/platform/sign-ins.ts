import type { Queryable } from '../connection/pool.ts';

/** Data of sign-ins that expires, and when. An unused session expires earlier, but its row stays until then. */
const ENDING = [
  ['sessions', 'ends_at'],
  ['issuer_entries', 'expires_at'],
  ['account_links', 'expires_at'],
  ['sign_in_places', 'expires_at'],
] as const;

/**
 * Deletes expired data, at most `limit` of each kind.
 *
 * @param now the database's clock when not given
 * @returns how many there were
 */
export async function deleteExpiredSignIns(
  db: Queryable,
  { limit, now }: { limit: number; now?: Date | undefined },
): Promise<number> {
  let deleted = 0;
  for (const [table, end] of ENDING) {
    const { rowCount } = await db.query(
      `delete from ${table} where ctid = any(array(
         select ctid from ${table} where ${end} <= coalesce($2, now()) limit $1 for update skip locked))`,
      [limit, now ?? null],
    );
    deleted += rowCount ?? 0;
  }
  return deleted;
}
