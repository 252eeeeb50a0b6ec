import { EXIT } from '../terminal/exit.ts';
import { printJson } from '../terminal/output.ts';
import { openProgress, standingOf } from '../terminal/progress.ts';
import { printSummary } from '../terminal/summary.ts';
import type { Connection } from './connection.ts';
import { followTask } from './follow-task.ts';
import { ask } from './http.ts';
import type { TaskView } from './wire.ts';

/** How long a server may be away when the end of a task is asked for, ms. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Shows a task's progress until it is over.
 *
 * @param signal ends the showing; the task goes on
 * @returns the task at its end, whole
 */
export async function follow(
  connection: Connection,
  id: string,
  { signal, onNote }: { readonly signal: AbortSignal; readonly onNote?: (say: (text: string) => void) => void },
): Promise<TaskView> {
  const progress = openProgress('Importing');
  onNote?.(progress.note);
  try {
    const states = followTask({ endpoint: connection, id, signal, onWait: progress.note });
    for await (const task of states) progress.update(standingOf(task));
  } finally {
    progress.stop();
  }
  return ask<TaskView>(connection, `/${id}`, { milliseconds: PATIENCE_MILLISECONDS });
}

/** Prints a task that is over. @returns the exit code that says how it ended */
export function conclude(connection: Connection, task: TaskView, json: boolean): number {
  if (json) printJson(task);
  else printSummary(task, (verb) => connection.commandFor(verb, task.id));
  if (task.status !== 'completed') return EXIT.failed;
  return task.report.numErrors > 0 ? EXIT.erroredLines : EXIT.ok;
}
