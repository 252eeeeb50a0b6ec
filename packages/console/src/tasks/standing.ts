import type { TaskState } from '@openbulk/client';

/** How a task stands, as people see it. */
export type Standing = TaskState['status'] | 'paused' | 'withErrors';

export function standingOf({ status, paused, report }: Pick<TaskState, 'status' | 'paused' | 'report'>): Standing {
  if (paused) return 'paused';
  return status === 'completed' && report.numErrors > 0 ? 'withErrors' : status;
}
