import { inTransaction } from '../../store/connection/pool.ts';
import { moveTask } from '../../store/tasks/tasks.ts';
import type { Task } from '../../task/task.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Lets a paused task go on where it stands.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when it is not paused
 */
export async function resumeTask({ pool, turns }: Pick<TaskContext, 'pool' | 'turns'>, task: AskedTask): Promise<Task> {
  const before = await getTask({ pool }, task);
  requireVerb(task.asker, before, 'steer');
  const to = before.startedAt ? 'running' : 'pending';
  const moved = await inTransaction(pool, async (tx) => {
    const done = await moveTask(tx, { ...task, to, from: ['paused'] });
    if (done) await turns.give(tx, task.organizationId);
    return done;
  });
  const now = await getTask({ pool }, task);
  if (!moved)
    throw new ServiceError('conflict', `The task is ${now.status}; only a task that is paused can be resumed.`);
  return now;
}
