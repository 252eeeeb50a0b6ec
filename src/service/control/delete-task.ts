import { inTransaction } from '../../store/connection/pool.ts';
import { forgetRemoved } from '../../store/files/files.ts';
import { deleteTask as removeTask } from '../../store/tasks/tasks.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Deletes an ended task: its summary, its ledger, and its files unless another task uses them. The records stay.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when it is not over
 */
export async function deleteTask({ pool, files }: Pick<TaskContext, 'pool' | 'files'>, task: AskedTask): Promise<void> {
  requireVerb(task.asker, await getTask({ pool }, task), 'remove');
  const removed = await inTransaction(pool, (tx) => removeTask(tx, task.organizationId, task.id));
  if (!removed) {
    const now = await getTask({ pool }, task);
    throw new ServiceError('conflict', `The task is ${now.status}; cancel it first, or wait until it ends.`);
  }
  // What is cut off here is queued for the next cleanup.
  for (const key of removed.fileKeys) await files.remove(key);
  await forgetRemoved(pool, removed.fileKeys);
}
