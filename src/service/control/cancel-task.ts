import { moveTask } from '../../store/tasks/tasks.ts';
import type { Submitter, Task, TaskFailure } from '../../task/task.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Cancels a task. Committed chunks stay; the current chunk is rolled back.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` if it has ended
 */
export async function cancelTask({ pool }: Pick<TaskContext, 'pool'>, task: AskedTask, by: Submitter): Promise<Task> {
  requireVerb(task.asker, await getTask({ pool }, task), 'steer');
  const moved = await moveTask(pool, { ...task, to: 'cancelled', failure: cancelledBy(by) });
  const now = await getTask({ pool }, task);
  if (!moved)
    throw new ServiceError('conflict', `The task is ${now.status}; only a task that has not ended can be cancelled.`);
  return now;
}

/** The error of a cancelled task. */
export function cancelledBy({ fullName, email, id }: Submitter): TaskFailure {
  const by = fullName ?? email ?? id;
  return { code: 'cancelled', message: `Cancelled by ${by}.`, by };
}
