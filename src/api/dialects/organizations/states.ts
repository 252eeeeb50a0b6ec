import type { TaskState } from '../../../service/tasks/list-tasks.ts';
import type { Task } from '../../../task/task.ts';
import { type LifeTable, spellStatus } from '../../life-table.ts';

export const wireStatuses = ['pending', 'inProgress', 'completed', 'failed'] as const;
export type WireStatus = (typeof wireStatuses)[number];

/** The column of organizations in docs/api/common.md "Statuses": which of our states each of the dialect's four statuses stands for. */
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
} as const satisfies LifeTable<WireStatus>;

/** The states that a status stands for. */
export function statesOf(status: WireStatus): readonly TaskState[] {
  return states[status];
}

/** The groups of states in the order of the dialect's spelling, which is what a client sorts by. */
export const statusOrder: readonly (readonly TaskState[])[] = wireStatuses.toSorted().map(statesOf);

/** The status of a task as the dialect spells it. */
export function statusOf(task: Pick<Task, 'status' | 'startedAt'>): WireStatus {
  return spellStatus(states, task);
}
