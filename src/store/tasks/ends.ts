import type { Queryable } from '../connection/pool.ts';
import { TERMINAL } from './statuses.ts';

/** Whether a task has ended. */
export interface TaskEnd {
  readonly id: string;
  /** Chunks recorded. */
  readonly chunks: number;
  readonly ended: boolean;
  /** An hour or more. */
  readonly longAgo: boolean;
}

/** Whether tasks have ended; those that are deleted are left out. @param now the database's clock when not given */
export async function endsOf(db: Queryable, ids: readonly string[], now?: Date): Promise<TaskEnd[]> {
  const { rows } = await db.query<TaskEnd>(
    `select id, chunks, ${TERMINAL} as ended,
       ${TERMINAL} and coalesce(finished_at < coalesce($2, clock_timestamp()) - interval '1 hour', true) as "longAgo"
     from tasks where id = any($1)`,
    [ids, now ?? null],
  );
  return rows;
}
