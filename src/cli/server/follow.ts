import type { Task } from '../../../packages/client/src/index.ts';
import { EXIT } from '../terminal/exit.ts';
import { printJson } from '../terminal/output.ts';
import { openProgress, snapshotOf } from '../terminal/progress.ts';
import { printSummary } from '../terminal/summary.ts';
import { openClient } from './client.ts';
import type { Connection } from './connection.ts';

/**
 * Shows a task's progress until it ends.
 *
 * @param signal stops following; the task continues
 * @param doing what its progress is called
 * @returns the task at its end, whole
 */
export async function follow(
  connection: Connection,
  id: string,
  {
    signal,
    doing = 'Importing',
    onNote,
  }: {
    readonly signal: AbortSignal;
    readonly doing?: string;
    readonly onNote?: (say: (text: string) => void) => void;
  },
): Promise<Task> {
  const progress = openProgress(doing);
  onNote?.(progress.note);
  try {
    const { organization } = connection;
    const client = openClient(connection, { say: progress.note });
    const onProgress = (task: Task) => progress.update(snapshotOf(task));
    return await client.waitForTask({ organization, id }, { signal, onProgress });
  } finally {
    progress.stop();
  }
}

/** Prints an ended task. @returns the exit code for its result */
export function conclude(connection: Connection, task: Task, json: boolean): number {
  if (json) printJson(task);
  else printSummary(task, (verb) => connection.commandFor(verb, task.id));
  if (task.status !== 'completed') return EXIT.failed;
  return task.report.numErrors > 0 ? EXIT.erroredLines : EXIT.ok;
}
