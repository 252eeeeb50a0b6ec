import { moveTask } from '../../store/tasks/tasks.ts';
import type { Task } from '../../task/task.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Holds a task where it stands until it is resumed. A chunk that is being worked on is rolled back.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when it is neither pending nor running
 */
export async function pauseTask({ pool }: Pick<TaskContext, 'pool'>, task: AskedTask): Promise<Task> {
  requireVerb(task.asker, await getTask({ pool }, task), 'steer');
  const moved = await moveTask(pool, { ...task, to: 'paused' });
  const now = await getTask({ pool }, task);
  if (!moved)
    throw new ServiceError(
      'conflict',
      `The task is ${now.status}; only a task that is pending or running can be paused.`,
    );
  return now;
}
