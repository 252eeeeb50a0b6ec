import { tasksBefore } from '../../store/lists/task-pages.ts';
import type { TaskState } from '../../store/tasks/statuses.ts';
import type { Task } from '../../task/task.ts';
import type { TaskContext } from './task-context.ts';

export interface ActsQuery {
  readonly organizationId: string;
  readonly states?: readonly TaskState[];
  /** Only those made before the task of this id. */
  readonly before?: string;
  readonly limit: number;
}

/** Actions of an organization, newest first, and whether there are more behind them. */
export async function listActs(
  { pool }: Pick<TaskContext, 'pool'>,
  query: ActsQuery,
): Promise<{ readonly tasks: readonly Task[]; readonly more: boolean }> {
  const found = await tasksBefore(pool, { ...query, operation: 'act', limit: query.limit + 1 });
  return { tasks: found.slice(0, query.limit), more: found.length > query.limit };
}
