import type { Queryable } from '../store/connection/pool.ts';

/** The UUIDs of the organizations that are among `words` by their slugs; a word that is no slug of one gives none. */
export async function findOrganizationsBySlug(db: Queryable, words: readonly string[]): Promise<string[]> {
  // PostgreSQL knows no NUL in a text, and would refuse the query.
  const slugs = words.filter((word) => !word.includes('\0'));
  if (slugs.length === 0) return [];
  const { rows } = await db.query<{ id: string }>('select id from organizations where slug = any($1)', [slugs]);
  return rows.map(({ id }) => id);
}
