import type { TaskState } from '@openbulk/client';

/** How a task stands, as people see it. */
export type Standing = TaskState['status'] | 'paused' | 'withErrors' | 'cancelled';

type Life = Pick<TaskState, 'status' | 'paused' | 'error'> & {
  readonly report: Pick<TaskState['report'], 'numErrors'>;
};

export function standingOf({ status, paused, error, report }: Life): Standing {
  if (paused) return 'paused';
  if (cancelledBy({ status, error }) !== undefined) return 'cancelled';
  return status === 'completed' && report.numErrors > 0 ? 'withErrors' : status;
}

/** Who cancelled a task, if that is how it ended: in this dialect it is a failure, and only its sentence tells it. */
export function cancelledBy({ status, error }: { status: TaskState['status']; error: string | undefined }) {
  return status === 'failed' ? /^Cancelled by (.+)\.$/s.exec(error ?? '')?.[1] : undefined;
}
