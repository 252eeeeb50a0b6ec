import type { Task } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { raw, sql, statement } from '../connection/sql.ts';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTask } from '../tasks/tasks.ts';

/** Those of an organization's tasks that are (still) shown, in the order of their ids in `ids`. */
export async function tasksWithIds(db: Queryable, organizationId: string, ids: readonly string[]): Promise<Task[]> {
  const { rows } = await db.query<TaskRow>(WITH_IDS({ organizationId, ids }));
  return rows.map(toTask);
}

const WITH_IDS = statement<{ organizationId: string; ids: readonly string[] }>(
  ($) => sql`
  select ${raw(TASK_COLUMNS)} from ${raw(TASK_TABLES)}
  where t.organization_id = ${$.organizationId} and t.historized_at is null and t.id = any(${$.ids})
  order by array_position(${$.ids}::uuid[], t.id)`,
);
