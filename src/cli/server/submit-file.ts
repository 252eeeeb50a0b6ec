import { bytes } from '../terminal/format.ts';
import { note } from '../terminal/output.ts';
import { openProgress, type Progress } from '../terminal/progress.ts';
import { Interrupted, listenForSignals } from '../terminal/signals.ts';
import { type Connection, type ConnectionOptions, withConnection } from './connection.ts';
import { followOrCancel } from './follow-or-cancel.ts';
import { type Input, openInput } from './input.ts';
import { type Upload, upload } from './upload.ts';

/** Workers of an own server: one does the work, the other is at hand should it die. */
const WORKERS = 2;

interface Submission extends ConnectionOptions {
  readonly json?: true;
}

/**
 * Submits a file and follows what becomes of it to its end.
 *
 * @param path of the file, or - for standard input
 * @param begin gives the id of the task, `sendFile` as a rule
 * @returns the exit code
 */
export async function submitFile(
  path: string,
  options: Submission,
  begin: (connection: Connection, input: Input, signal: AbortSignal) => Promise<string>,
): Promise<number> {
  const input = await openInput(path);
  try {
    return await followSubmission(options, (connection, signal) => begin(connection, input, signal));
  } finally {
    await input.close();
  }
}

/**
 * Makes a task and follows what becomes of it to its end.
 *
 * @param begin gives the id of the task
 * @returns the exit code
 */
export async function followSubmission(
  options: Submission,
  begin: (connection: Connection, signal: AbortSignal) => Promise<string>,
): Promise<number> {
  let onSecond = () => {};
  const signals = listenForSignals(['SIGINT', 'SIGTERM'], (signal) => {
    onSecond();
    process.exit(new Interrupted(signal).exitCode);
  });
  try {
    return await withConnection(options, WORKERS, async (connection) => {
      signals.first.throwIfAborted();
      const id = await begin(connection, signals.first);
      onSecond = () => note(connection.afterLeaving(id));
      return await followOrCancel(connection, id, { first: signals.first, json: options.json === true });
    });
  } finally {
    signals.close();
  }
}

/** Uploads a file and says how far it is. @returns the id of the task that was made of it */
export async function sendFile(
  what: Pick<Upload, 'endpoint' | 'path' | 'fields' | 'charset' | 'input' | 'signal'>,
): Promise<string> {
  const shown = showUpload(what.input);
  try {
    const { onProgress, onWait } = shown;
    const task = await upload({ ...what, onProgress, onWait });
    note(`Task ${task.id} was accepted.`);
    return task.id;
  } catch (error) {
    if (error instanceof Interrupted) note('Left before the file was uploaded: there is no task.');
    throw error;
  } finally {
    shown.stop();
  }
}

/** An upload that is over by then is not worth a bar, ms. */
const QUICK_MILLISECONDS = 1_000;

function showUpload({ file }: Input): { onProgress(sent: number): void; onWait(text: string): void; stop(): void } {
  const started = performance.now();
  let progress: Progress | undefined;
  return {
    onProgress(sent) {
      if (!progress && performance.now() - started < QUICK_MILLISECONDS) return;
      progress ??= openProgress('Uploading');
      progress.update({
        text: file ? `${bytes(sent)} of ${bytes(file.size)}` : bytes(sent),
        amount: sent,
        unit: (perSecond) => `${bytes(perSecond)}/s`,
        ...(file && file.size > 0 && { share: sent / file.size }),
      });
    },
    onWait: (text) => (progress ? progress.note(text) : note(text)),
    stop: () => progress?.stop(),
  };
}
