import type { TaskState } from '@openbulk/client';
import type { Messages } from '../say/en.ts';
import { isAction } from './actions.ts';

/** What a task does, in words; an action that a newer server knows is called as it calls it. */
export function actionName({ action }: Pick<TaskState, 'action'>, say: Messages): string {
  return isAction(action) ? say.actions[action] : action;
}

/** A task is called after its file, where it has one. */
export function titleOf(task: Pick<TaskState, 'action' | 'file'>, say: Messages): string {
  return task.file?.originalName || actionName(task, say);
}

export function submitterName({ createdBy }: Pick<TaskState, 'createdBy'>): string {
  const { fullName, firstName, lastName, email, id } = createdBy;
  return fullName || [firstName, lastName].filter(Boolean).join(' ') || email || id;
}

/** How much of its file a task is done with, of 1; not known where there is none. */
export function shareOf({ progress }: Pick<TaskState, 'progress'>): number | undefined {
  return progress && progress.totalBytes > 0 ? Math.min(1, progress.processedBytes / progress.totalBytes) : undefined;
}
