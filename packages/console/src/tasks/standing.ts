import type { TaskState } from '@openbulk/client';

/** How a task stands, as people see it. */
export type Standing = TaskState['status'] | 'paused' | 'withErrors' | 'cancelled';

type Life = Pick<TaskState, 'status' | 'paused' | 'cancelledBy'> & {
  readonly report: Pick<TaskState['report'], 'numErrors'>;
};

export function standingOf({ status, paused, cancelledBy, report }: Life): Standing {
  if (paused) return 'paused';
  // In this dialect it is a failure.
  if (cancelledBy !== undefined) return 'cancelled';
  return status === 'completed' && report.numErrors > 0 ? 'withErrors' : status;
}
