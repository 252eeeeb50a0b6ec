import { TaskError } from './errors.ts';
import type { Operation, TaskCursor } from './task.ts';

/** Records of a task, counted by those done before them. */
export interface Records {
  readonly from: number;
  /** The first behind them. */
  readonly to: number;
}

/** The records that were at work when a worker stopped: one of them may have stopped it. */
export interface Crash extends Records {
  /** The fencing token of the lease under which it happened. */
  readonly token: number;
}

/** A record that crashed the worker this many times, while it alone was at work, fails its task. */
const CRASHES = 3;

/**
 * How many records may be at work at once where nothing is suspected: two chunks that are with the database, one that waits, and the one
 * that is read ahead. (Under suspicion a chunk is alone, and nothing is read ahead.)
 */
export function recordsAtWork(chunkRows: number): number {
  return 4 * chunkRows;
}

/** The crashes that still say something once `done` records are: what is committed was not at fault. */
export function stillSuspect(crashes: readonly Crash[], done: number): readonly Crash[] {
  return crashes.filter(({ to }) => to > done);
}

/**
 * Records in the next chunk at most: half of what is still suspect. So a record that stops its worker is found after as many
 * crashes as a number of that size has binary digits, and work that was innocently stopped is past its suspects after as many chunks.
 */
export function chunkSize(crashes: readonly Crash[], done: number, full: number): number {
  if (crashes.length === 0) return full;
  const suspects = Math.min(...crashes.map(({ to }) => to)) - done;
  return Math.max(1, Math.min(full, Math.ceil(suspects / 2)));
}

/** Whether the next record crashed the worker so often, with no other at work, that it is at fault. */
export function isPoisonous(crashes: readonly Crash[], done: number): boolean {
  return crashes.filter(({ from, to }) => from === done && to === done + 1).length >= CRASHES;
}

/** How far a task is, as `refusePoison` must know it. */
export interface TaskPosition {
  readonly operation: Operation;
  readonly cursor?: TaskCursor;
  readonly items: number;
  readonly crashes: readonly Crash[];
}

/** @throws TaskError `poisonous_line` when the next record stops its worker */
export function refusePoison({ operation, cursor, items, crashes }: TaskPosition): void {
  if (!isPoisonous(crashes, items)) return;
  const onFile = operation === 'import' || operation === 'patch';
  const what = onFile
    ? `Line ${cursor?.line ?? 1} crashed the worker ${CRASHES} times. Remove or correct that line and submit the file again; ` +
      'the lines before it were processed.'
    : `The record after the first ${items} crashed the worker ${CRASHES} times; those before it were processed.`;
  throw new TaskError('poisonous_line', `${what} The server log has the details.`);
}
