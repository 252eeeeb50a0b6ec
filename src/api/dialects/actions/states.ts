import type { Task } from '../../../task/task.ts';
import { type LifeTable, spellStatus } from '../../life-table.ts';

export const wireStatuses = ['scheduled', 'running', 'completed', 'failed', 'cancelled'] as const;
export type WireStatus = (typeof wireStatuses)[number];

/** The column of actions in docs/api/common.md "Statuses". */
export const states = {
  scheduled: [
    { status: 'pending' },
    { status: 'scheduled' },
    { status: 'awaiting_approval', started: false },
    { status: 'paused', started: false },
  ],
  running: [{ status: 'running' }, { status: 'awaiting_approval', started: true }, { status: 'paused', started: true }],
  completed: [{ status: 'completed' }],
  failed: [{ status: 'failed' }],
  cancelled: [{ status: 'cancelled' }],
} as const satisfies LifeTable<WireStatus>;

/** The status of a job as the dialect spells it. */
export function statusOf(task: Pick<Task, 'status' | 'startedAt'>): WireStatus {
  return spellStatus(states, task);
}
