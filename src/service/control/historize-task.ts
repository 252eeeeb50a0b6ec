import { historizeTask as makeHistory } from '../../store/tasks/history.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Archives an ended task: it is hidden unless history is requested. Nothing is deleted.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when it is not over
 */
export async function historizeTask({ pool }: Pick<TaskContext, 'pool'>, task: AskedTask): Promise<void> {
  requireVerb(task.asker, await getTask({ pool }, task), 'remove');
  if (await makeHistory(pool, task.organizationId, task.id)) return;
  const now = await getTask({ pool }, task);
  throw new ServiceError('conflict', `The task is ${now.status}; cancel it first, or wait until it ends.`);
}
