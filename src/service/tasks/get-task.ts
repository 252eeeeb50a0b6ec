import { firstLines, type NotApplied } from '../../store/ledger/ledger.ts';
import { findTask } from '../../store/tasks/tasks.ts';
import type { Task } from '../../task/task.ts';
import { type Asker, mayReadLines } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import type { TaskContext, TaskRef } from './task-context.ts';

/** One task. @throws ServiceError `not_found` */
export async function getTask({ pool }: Pick<TaskContext, 'pool'>, { organizationId, id }: TaskRef): Promise<Task> {
  const task = await findTask(pool, organizationId, id);
  if (!task) throw notFound();
  return task;
}

/** The first `limit` skipped and errored lines of each of the tasks whose lines the asker may read, by task id. */
export async function getFirstLines(
  { pool }: Pick<TaskContext, 'pool'>,
  tasks: readonly Task[],
  { asker, limit }: { readonly asker: Asker; readonly limit: number },
): Promise<Map<string, NotApplied>> {
  const some = tasks
    .filter((task) => (task.counters.skips > 0 || task.counters.errors > 0) && mayReadLines(asker, task))
    .map(({ id }) => id);
  return some.length === 0 ? new Map() : firstLines(pool, some, limit);
}
