import { inTransaction } from '../../store/connection/pool.ts';
import { forgetFiles, forgetRemoved, lockFilesOf } from '../../store/files/files.ts';
import { deleteTasks, filesOfAlone, lockDescendants, lockTask } from '../../store/tasks/related.ts';
import { findTask, moveTask } from '../../store/tasks/tasks.ts';
import { isTerminal, type TaskStatus } from '../../task/lifecycle.ts';
import { type AskedTask, requireVerb } from '../platform/rights.ts';
import { notFound, ServiceError } from '../platform/service-error.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Deletes a task, and with `force` everything that depends on it: the tasks created from its file, and the files that no other task uses. Tasks
 * that have begun are cancelled first, which takes `force` as well. The records stay.
 *
 * @throws ServiceError `not_found`; `insufficient_scope`, also for what depends on it; `conflict` when it has begun, is not over and
 *   `force` is off; `related_entities` when something depends on it and `force` is off: then `problems` has each, its kind (`task`,
 *   `file`) as `field` and its id or key as `message`
 */
export async function deleteWithRelated(
  { pool, files }: Pick<TaskContext, 'pool' | 'files'>,
  { organizationId, id, asker }: AskedTask,
  { force }: { readonly force: boolean },
): Promise<void> {
  const keys = await inTransaction(pool, async (tx) => {
    const there = await lockTask(tx, organizationId, id, 'for update');
    const task = there ? await findTask(tx, organizationId, id) : undefined;
    if (!task) throw notFound();
    requireVerb(asker, task, 'remove');
    if (!force && isUnderWay(task)) {
      throw new ServiceError('conflict', `The task is ${task.status}. To cancel and delete it, use force=true.`);
    }
    const descendants = await lockDescendants(tx, organizationId, id);
    const all = [id, ...descendants.map((descendant) => descendant.id)];
    const needed = await filesOfAlone(tx, all);
    if (!force && all.length + needed.length > 1) {
      throw new ServiceError(
        'related_entities',
        'Other tasks depend on this task. To delete them too, use force=true.',
        [
          ...descendants.map((descendant) => ({ field: 'task', message: descendant.id })),
          ...needed.map(({ key }) => ({ field: 'file', message: key })),
        ],
      );
    }
    for (const each of [task, ...descendants]) {
      requireVerb(asker, each, 'remove');
      if (isUnderWay(each)) requireVerb(asker, each, 'steer');
      // A worker's chunk is rolled back, and who follows the task is told.
      if (!isTerminal(each.status)) await moveTask(tx, { organizationId, id: each.id, to: 'cancelled' });
    }
    await lockFilesOf(tx, all);
    await deleteTasks(tx, all);
    return forgetFiles(
      tx,
      needed.map((file) => file.id),
    );
  });
  // What is cut off here is queued for the next cleanup.
  for (const key of keys) await files.remove(key);
  await forgetRemoved(pool, keys);
}

function isUnderWay({ status, startedAt }: { readonly status: TaskStatus; readonly startedAt?: Date | null }): boolean {
  return !isTerminal(status) && startedAt != null;
}
