import { OpenBulkError } from '../../../packages/client/src/index.ts';
import { lines } from '../terminal/format.ts';
import { note } from '../terminal/output.ts';
import { Interrupted } from '../terminal/signals.ts';
import { openClient, pathOf, TASK } from './client.ts';
import type { Connection } from './connection.ts';
import { conclude, follow } from './follow.ts';

/**
 * Follows a task that this command has submitted: Ctrl-C cancels it, SIGTERM leaves it.
 *
 * @param first aborts with an Interrupted
 * @returns the exit code
 */
export async function followOrCancel(
  connection: Connection,
  id: string,
  { first, json, doing }: { readonly first: AbortSignal; readonly json: boolean; readonly doing?: string },
): Promise<number> {
  const leave = new AbortController();
  let say = note;
  let cancelled = false;
  const onFirst = async () => {
    if ((first.reason as Interrupted).signal === 'SIGTERM') return leave.abort(first.reason);
    say('Cancelling the task. To exit without waiting, press Ctrl-C again.');
    try {
      cancelled = await cancel(connection, id, (text) => say(text));
    } catch (error) {
      leave.abort(error);
    }
  };
  if (first.aborted) await onFirst();
  first.addEventListener('abort', onFirst);
  try {
    const task = await follow(connection, id, {
      signal: leave.signal,
      ...(doing !== undefined && { doing }),
      onNote: (sayBesideProgress) => {
        say = sayBesideProgress;
      },
    });
    const stays = task.dryRun ? 'It was a dry run: nothing was written.' : 'Lines that were applied stay applied.';
    if (cancelled) note(`The task was cancelled after ${lines(task.report.numItems)}. ${stays}`);
    return conclude(connection, task, json);
  } catch (error) {
    note(connection.afterLeaving(id));
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  } finally {
    first.removeEventListener('abort', onFirst);
  }
}

/** @returns whether it was cancelled; `false` when it was over already */
async function cancel(connection: Connection, id: string, say: (text: string) => void): Promise<boolean> {
  const path = pathOf({ ...connection, id });
  try {
    await openClient(connection, { say }).organizations.post(`${TASK}/cancel`, { path, idempotent: true });
    return true;
  } catch (error) {
    if (error instanceof OpenBulkError && error.code === 'conflict') return false;
    throw error;
  }
}
