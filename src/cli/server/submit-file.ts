import type { OpenBulk, SubmitOptions, SubmittedTask, UploadProgress } from '../../../packages/client/src/index.ts';
import { bytes } from '../terminal/format.ts';
import { note } from '../terminal/output.ts';
import { openProgress, type Progress } from '../terminal/progress.ts';
import { Interrupted, listenForSignals } from '../terminal/signals.ts';
import { type Endpoint, openClient } from './client.ts';
import { type Connection, type ConnectionOptions, withConnection } from './connection.ts';
import { followOrCancel } from './follow-or-cancel.ts';
import { type Input, openInput } from './input.ts';

/** Workers of a server that the command starts: one works, the other replaces it if it dies. */
const WORKERS = 2;

interface Submission extends ConnectionOptions {
  readonly json?: true;
  /** What its progress is called; `Importing` if not given. */
  readonly doing?: string;
}

/**
 * Submits a file and follows its task to the end.
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
 * Creates a task and follows it to the end.
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
      return await followOrCancel(connection, id, {
        first: signals.first,
        json: options.json === true,
        ...(options.doing !== undefined && { doing: options.doing }),
      });
    });
  } finally {
    signals.close();
  }
}

/** A server that is updated or restarted while a file is uploaded is back within this time, ms of waiting. */
const PATIENCE = 300_000;

/**
 * Uploads a file and says how far it is.
 *
 * @param signal breaks the upload off, until the last byte has left: then the answer is worth waiting for
 * @param submit what the file is uploaded for
 * @returns the id of the task that was made of it
 */
export async function sendFile(
  endpoint: Endpoint,
  input: Input,
  signal: AbortSignal,
  submit: (client: OpenBulk, options: SubmitOptions) => Promise<SubmittedTask>,
): Promise<string> {
  const { onProgress, say, stop } = showUpload(input);
  try {
    const client = openClient(endpoint, { patience: PATIENCE, say });
    const task = await submit(client, { signal, answerOnceSent: true, onProgress });
    note(`Task ${task.id} was accepted.`);
    return task.id;
  } catch (error) {
    if (error instanceof Interrupted) note('Interrupted before the file was uploaded. No task was created.');
    throw error;
  } finally {
    stop();
  }
}

/** A shorter upload needs no progress bar, ms. */
const QUICK_MILLISECONDS = 1_000;

function showUpload({ file }: Input) {
  const started = performance.now();
  let progress: Progress | undefined;
  return {
    onProgress({ sentBytes: sent }: UploadProgress) {
      if (!progress && performance.now() - started < QUICK_MILLISECONDS) return;
      progress ??= openProgress('Uploading');
      progress.update({
        text: file ? `${bytes(sent)} of ${bytes(file.size)}` : bytes(sent),
        amount: sent,
        unit: (perSecond) => `${bytes(perSecond)}/s`,
        ...(file && file.size > 0 && { share: sent / file.size }),
      });
    },
    say: (text: string) => (progress ? progress.note(text) : note(text)),
    stop: () => progress?.stop(),
  };
}
