import type { Pool } from '../connection/pool.ts';

/** Pages up to which reading all of a table is as fast as an index. */
const SMALL = 10;

/**
 * Analyses the tables of lists that have twice the size for which their queries are planned: a plan that a session made for an empty
 * table reads all of it for each page, which was 28 instead of 0.9 ms with 50,000 tasks. Autovacuum does it in a minute or later.
 * Where a table is being analysed or vacuumed, that is left at it.
 */
export async function analyzeGrown(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ relname: string }>(
    `select relname from pg_class where oid = any(array['tasks', 'files']::regclass[])
       and pg_relation_size(oid) > greatest(2 * relpages, ${SMALL}) * current_setting('block_size')::bigint`,
  );
  if (rows.length > 0) await pool.query(`analyze (skip_locked) ${rows.map(({ relname }) => relname).join(', ')}`);
}
