/** The states of a task (docs/api/common.md "Statuses"); drawn in docs/lifecycle.md. */
export const statuses = [
  'pending',
  'scheduled',
  'awaiting_approval',
  'paused',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const;

export type TaskStatus = (typeof statuses)[number];

/** Where a task can go from where it is. A terminal status has no way out. */
const next = {
  pending: ['running', 'paused', 'failed', 'cancelled'],
  scheduled: ['pending', 'failed', 'cancelled'],
  awaiting_approval: ['pending', 'failed', 'cancelled'],
  paused: ['pending', 'running', 'failed', 'cancelled'],
  running: ['paused', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>;

/** Whether the life cycle allows that step. */
export function canMove(from: TaskStatus, to: TaskStatus): boolean {
  return (next[from] as readonly TaskStatus[]).includes(to);
}

/** The statuses from which `to` can be reached in one step; what an UPDATE's WHERE clause needs. */
export function sourcesOf(to: TaskStatus): TaskStatus[] {
  return statuses.filter((from) => canMove(from, to));
}

/** Whether nothing will change any more. */
export function isTerminal(status: TaskStatus): boolean {
  return next[status].length === 0;
}
