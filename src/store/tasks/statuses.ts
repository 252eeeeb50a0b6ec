import { isTerminal, runnable, statuses, type TaskStatus } from '../../task/lifecycle.ts';

/** The tasks of a status; with `started`, only those that a worker has begun, or only those that none has. */
export interface TaskState {
  readonly status: TaskStatus;
  readonly started?: boolean;
}

/** That a task has one of these statuses, in SQL. */
export function hasStatus(some: readonly TaskStatus[]): string {
  return `status in (${some.map((status) => `'${status}'`).join(', ')})`;
}

/** Tasks that our workers have to do with: the predicate of the index that holds only these. */
export const RUNNABLE = `${hasStatus(runnable)} and operation <> 'external'`;

/** Those that a worker can claim now: without a valid lease, and not delayed. */
export const CLAIMABLE = `${RUNNABLE} and (lease_until is null or lease_until < clock_timestamp()) and run_after <= clock_timestamp()`;

/** Ended tasks: the predicate of the index for retention. */
export const TERMINAL = hasStatus(statuses.filter(isTerminal));
