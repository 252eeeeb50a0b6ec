import { inTransaction } from '../store/pool.ts';
import { moveTask } from '../store/tasks.ts';
import type { Task } from '../task/task.ts';
import { getTask } from './get-task.ts';
import { type AskedTask, requireVerb } from './rights.ts';
import { ServiceError } from './service-error.ts';
import type { TaskContext } from './task-context.ts';

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
