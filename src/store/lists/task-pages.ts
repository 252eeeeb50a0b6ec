import type { Operation, Task } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import type { TaskState } from '../tasks/statuses.ts';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTask } from '../tasks/tasks.ts';

export interface TaskPageQuery {
  readonly organizationId: string;
  readonly operation: Operation;
  /** Tasks in any of these; in whatever state when not given. */
  readonly states?: readonly TaskState[];
  /** Only those made before the task of this id. */
  readonly before?: string;
  readonly limit: number;
}

/** Tasks of an operation, newest first. What is made meanwhile shifts no page: each begins behind a task. */
export async function tasksBefore(db: Queryable, query: TaskPageQuery): Promise<Task[]> {
  const { organizationId, operation, states, before, limit } = query;
  const { rows } = await db.query<TaskRow>(
    `select ${TASK_COLUMNS} from ${TASK_TABLES}
     where t.organization_id = $1 and t.operation = $2 and t.historized_at is null and ($3::uuid is null or t.id < $3)
       and ($4::text[] is null or exists (select from unnest($4, $5::boolean[]) s(status, started)
         where s.status = t.status and (s.started is null or s.started = (t.started_at is not null))))
     order by t.id desc limit $6`,
    [
      organizationId,
      operation,
      before ?? null,
      states?.map(({ status }) => status) ?? null,
      states?.map(({ started }) => started ?? null) ?? null,
      limit,
    ],
  );
  return rows.map(toTask);
}
