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

/** Whether a task makes a file of records. */
export function isExport({ operation }: Pick<TaskState, 'operation'>): boolean {
  return operation === 'export';
}

/** How much of its file a task is done with, or of its records where it has none, of 1; `undefined`: not known. */
export function shareOf({ progress, records }: Pick<TaskState, 'progress' | 'records'>): number | undefined {
  if (progress && progress.totalBytes > 0) return Math.min(1, progress.processedBytes / progress.totalBytes);
  return records && records.total > 0 ? Math.min(1, records.processed / records.total) : undefined;
}
