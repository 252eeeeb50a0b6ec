import type { Task } from '../../../packages/client/src/index.ts';

/** A task's status for people. The API reports a cancelled task as failed, and a paused one as pending or in progress. */
export function displayStatus({
  status,
  paused,
  cancelledBy,
}: Pick<Task, 'status' | 'paused' | 'cancelledBy'>): string {
  if (paused) return 'paused';
  return cancelledBy === undefined ? status : 'cancelled';
}
