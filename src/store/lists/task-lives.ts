import type { TaskStatus } from '../../task/lifecycle.ts';
import type { TaskLife } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';

/** Tasks read at once. */
const PAGE = 500;

interface LifeRow {
  id: string;
  status: TaskStatus;
  planned: boolean;
  created_at: Date;
  status_changed_at: Date;
  scheduled_at: Date | null;
  started_at: Date | null;
}

/**
 * The tasks of an organization that are not historized, newest first, however many they are: a page at a time, each found
 * by the last id of the one before.
 */
export async function* taskLives(db: Queryable, organizationId: string): AsyncGenerator<TaskLife[]> {
  for (let before: string | null = null; ; ) {
    const { rows }: { rows: LifeRow[] } = await db.query<LifeRow>(
      `select id, status, plan is not null as planned, created_at, status_changed_at, scheduled_at, started_at from tasks
       where organization_id = $1 and historized_at is null and ($2::uuid is null or id < $2) order by id desc limit ${PAGE}`,
      [organizationId, before],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(toLife);
    before = last.id;
  }
}

function toLife(row: LifeRow): TaskLife {
  return {
    id: row.id,
    status: row.status,
    planned: row.planned,
    createdAt: row.created_at,
    statusChangedAt: row.status_changed_at,
    ...(row.scheduled_at && { scheduledAt: row.scheduled_at }),
    ...(row.started_at && { startedAt: row.started_at }),
  };
}
