import type { Queryable } from '../connection/pool.ts';

/** A key that cannot be right, and on how many lines of a chunk it is. */
export type SuspectKey = readonly [key: string, lines: number];

/** What a task's chunks noted so far, chunk by chunk. */
export async function notedSuspectKeys(db: Queryable, taskId: string): Promise<SuspectKey[]> {
  const { rows } = await db.query<{ suspect_keys: SuspectKey[] }>(
    'select suspect_keys from task_chunks where task_id = $1 and suspect_keys is not null order by chunk limit 1000',
    [taskId],
  );
  return rows.flatMap((row) => row.suspect_keys);
}
