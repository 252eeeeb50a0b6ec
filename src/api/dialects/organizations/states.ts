import type { TaskState } from '../../../service/list-tasks.ts';
import type { Task } from '../../../task/task.ts';

export const wireStatuses = ['pending', 'inProgress', 'completed', 'failed'] as const;
export type WireStatus = (typeof wireStatuses)[number];

/** The contract's life table, "organizations": which of our states each of the dialect's four statuses stands for. */
const states = {
  pending: [
    { status: 'pending' },
    { status: 'scheduled' },
    { status: 'awaiting_approval', started: false },
    { status: 'paused', started: false },
  ],
  inProgress: [
    { status: 'running' },
    { status: 'awaiting_approval', started: true },
    { status: 'paused', started: true },
  ],
  completed: [{ status: 'completed' }],
  failed: [{ status: 'failed' }, { status: 'cancelled' }],
} as const satisfies Record<WireStatus, readonly TaskState[]>;

/** The states that a status stands for. */
export function statesOf(status: WireStatus): readonly TaskState[] {
  return states[status];
}

/** The groups of states in the order of the dialect's spelling, which is what a client sorts by. */
export const statusOrder: readonly (readonly TaskState[])[] = wireStatuses.toSorted().map(statesOf);

/** The status of a task as the dialect spells it. */
export function statusOf({ status, startedAt }: Pick<Task, 'status' | 'startedAt'>): WireStatus {
  const found = wireStatuses.find((name) =>
    statesOf(name).some(
      (s) => s.status === status && (s.started ?? startedAt !== undefined) === (startedAt !== undefined),
    ),
  );
  if (!found) throw new Error(`The life table has no spelling for ${status}.`);
  return found;
}
