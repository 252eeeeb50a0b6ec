import type { TaskState } from '@openbulk/client';

/** A task's status as the console shows it. */
export type DisplayStatus = TaskState['status'] | 'paused' | 'withErrors' | 'cancelled';

type Life = Pick<TaskState, 'status' | 'paused' | 'cancelledBy'> & {
  readonly report: Pick<TaskState['report'], 'numErrors'>;
};

export function displayStatusOf({ status, paused, cancelledBy, report }: Life): DisplayStatus {
  if (paused) return 'paused';
  // The API reports a cancelled task as failed.
  if (cancelledBy !== undefined) return 'cancelled';
  return status === 'completed' && report.numErrors > 0 ? 'withErrors' : status;
}
