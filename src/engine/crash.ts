import { TaskError } from '../task/errors.ts';
import type { CrashMark, Operation, TaskCursor } from '../task/task.ts';

/** A line that stopped its worker this many times fails its task. */
const CRASHES = 3;
/** Lines after the place of a first crash that are worked on with suspicion: as many as the chunk that crashed could hold. */
const SUSPECT_LINES = 5_000;
/** Chunk sizes after one and after two crashes: the third one names a single line. */
const NARROWED = [70, 1] as const;

/** Records in the next chunk at most: the more crashes, the smaller, so that the line at fault shows itself. */
export function chunkSize(crash: CrashMark | undefined, full: number): number {
  return crash ? Math.min(full, NARROWED[crash.count - 1] ?? 1) : full;
}

/** The mark after one more crash. */
export function markCrash(crash: CrashMark | undefined, items: number): CrashMark {
  return { count: (crash?.count ?? 0) + 1, items: crash?.items ?? items };
}

/** The mark that still stands once `items` lines are done. */
export function stillSuspect(crash: CrashMark | undefined, items: number): CrashMark | undefined {
  return crash && items < crash.items + SUSPECT_LINES ? crash : undefined;
}

/** @throws TaskError `poisonous_line` when the task crashed too often where it stands */
export function refusePoison(operation: Operation, crash: CrashMark | undefined, cursor: TaskCursor | undefined): void {
  if (!crash || crash.count < CRASHES) return;
  const onFile = operation === 'import' || operation === 'patch';
  const what = onFile
    ? `Line ${cursor?.line ?? 1} stopped its worker ${CRASHES} times. Remove or correct that line and submit the file again; ` +
      'the lines before it were processed.'
    : `The record after the first ${crash.items} stopped its worker ${CRASHES} times; those before it were processed.`;
  throw new TaskError('poisonous_line', `${what} The server log has the details.`);
}
