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

/** Those in which a worker of ours may have a task. */
export const runnable = ['pending', 'running'] as const satisfies readonly TaskStatus[];

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

/** The statuses, of those in `within`, from which `to` can be reached in one step; what an UPDATE's WHERE clause needs. */
export function sourcesOf(to: TaskStatus, within: readonly TaskStatus[] = statuses): TaskStatus[] {
  return within.filter((from) => canMove(from, to));
}

/**
 * The statuses from which an external task's worker may say that it is `to`: those one step away, and where that is an end those from
 * which it can run. What is paused stays so until it is resumed, or over.
 */
export function sourcesOfReported(to: TaskStatus): TaskStatus[] {
  const ends = isTerminal(to) && canMove('running', to);
  return statuses.filter((from) => {
    if (from === 'paused') return ends && canMove(from, to);
    return canMove(from, to) || (ends && canMove(from, 'running'));
  });
}

/** Whether nothing will change any more. */
export function isTerminal(status: TaskStatus): boolean {
  return next[status].length === 0;
}
