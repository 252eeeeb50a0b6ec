import type { Task } from '../../task/task.ts';
import { prepared, type Queryable } from '../connection/pool.ts';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTask } from '../tasks/tasks.ts';

/** Those of an organization's tasks that are (still) shown, in the order of their ids in `ids`. */
export async function tasksWithIds(db: Queryable, organizationId: string, ids: readonly string[]): Promise<Task[]> {
  const { rows } = await db.query<TaskRow>(
    prepared(
      `select ${TASK_COLUMNS} from ${TASK_TABLES} where t.organization_id = $1 and t.historized_at is null and t.id = any($2)
       order by array_position($2::uuid[], t.id)`,
      [organizationId, ids],
    ),
  );
  return rows.map(toTask);
}
