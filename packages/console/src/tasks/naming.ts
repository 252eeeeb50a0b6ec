import type { TaskState } from '@openbulk/client';

/** A task is called after its file, where it has one. @param nameAction `useActionNames` */
export function titleOf(task: Pick<TaskState, 'action' | 'file'>, nameAction: (action: string) => string): string {
  return task.file?.originalName || nameAction(task.action);
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
