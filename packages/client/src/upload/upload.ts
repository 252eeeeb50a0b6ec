import { type Call, type CallInit, type Connection, call, SENT_ONCE } from '../connection/connection.ts';
import { newIdempotencyKey } from '../connection/idempotency-key.ts';
import { readBody } from '../dialect.ts';
import { unreadable } from '../error.ts';
import type { SubmittedTask, Task } from '../tasks/task.ts';
import { multipart, type Sending, type UploadForm } from './multipart.ts';
import { openSource, type Source, type UploadFile } from './source.ts';
import { canUseXhr, sendByXhr } from './xhr.ts';

export interface UploadProgress {
  /** Bytes of the file that have left, by the attempt that got farthest: it never goes back. */
  readonly sentBytes: number;
  /** Of the file; not known of a stream. */
  readonly totalBytes: number | undefined;
}

export interface SubmitOptions {
  readonly onProgress?: (progress: UploadProgress) => void;
  /** Breaks the upload off. */
  readonly signal?: AbortSignal;
  /** Whether `signal` comes too late once the last byte has left: the task may be made by then, and the answer tells its id. */
  readonly answerOnceSent?: boolean;
  /** Instead of a new one: the same key and file within 24 hours give the same task. */
  readonly idempotencyKey?: string;
}

/** A form with a file, of which the server makes a task. */
export interface Upload {
  readonly organization: string;
  readonly path: string;
  /** They go before the file, so that the server can refuse them before it has taken gigabytes. */
  readonly fields: Readonly<Record<string, string>>;
  readonly file: UploadFile;
  /** That of a `File` unless given. */
  readonly fileName?: string | undefined;
  /** Character set that the file's part declares. */
  readonly encoding?: string | undefined;
}

/**
 * Uploads a file as it is read, nothing of it held whole, and gives the task that was made of it.
 *
 * @throws OpenBulkError; the reason of the signal; what reading the file throws; TypeError when the file has no name
 */
export async function upload(
  connection: Connection,
  { organization, path, fields, file, ...named }: Upload,
  { onProgress, signal, answerOnceSent, idempotencyKey = newIdempotencyKey() }: SubmitOptions = {},
): Promise<SubmittedTask> {
  const form = { fields, ...nameOf(file, named) };
  const source = openSource(file);
  const onSent = farthest(source.size, onProgress);
  const request: Call = {
    method: 'POST',
    path,
    headers: new Headers({ 'idempotency-key': idempotencyKey, accept: 'application/json' }),
    signal,
    idempotent: true,
    replayable: source.replayable,
    send(url, init) {
      const { heeding, letGo } = answerOnceSent ? untilLetGo(init) : { heeding: init, letGo: () => {} };
      const sending: Sending = { onSent, onEnd: letGo };
      const answer =
        file instanceof Blob && canUseXhr(connection)
          ? sendByXhr(url, heeding, { form, file, ...sending })
          : sendByFetch(connection, url, heeding, { form, source, ...sending });
      return answer.finally(letGo);
    },
  };
  try {
    const answer = await call(connection, request, readTask);
    onSent(source.size ?? source.readBytes());
    return { ...answer, organization };
  } finally {
    source.close();
  }
}

/** The same with a signal that is aborted with its own one, until that is let go. */
function untilLetGo(init: CallInit): { readonly heeding: CallInit; letGo(): void } {
  const { signal } = init;
  const own = new AbortController();
  const stop = () => own.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  return { heeding: { ...init, signal: own.signal }, letGo: () => signal?.removeEventListener('abort', stop) };
}

interface FetchUpload extends Sending {
  readonly form: UploadForm;
  readonly source: Source;
}

async function sendByFetch(
  { fetch }: Connection,
  url: string,
  init: CallInit,
  { form, source, ...sending }: FetchUpload,
): Promise<Response> {
  const { headers, body } = multipart(form, source, sending);
  for (const [name, value] of Object.entries(headers)) init.headers.set(name, value);
  const streamed: RequestInit & { duplex: 'half' } = { ...init, ...SENT_ONCE, body, duplex: 'half' };
  try {
    return await fetch(url, streamed);
  } catch (error) {
    // What reading the file threw is told as it is.
    throw source.failure() ?? error;
  }
}

async function readTask(response: Response): Promise<Task> {
  const { data } = ((await readBody(response)) ?? {}) as { data?: Task };
  if (typeof data?.id !== 'string') throw unreadable(response);
  return data;
}

function nameOf(file: UploadFile, { fileName, encoding }: Pick<Upload, 'fileName' | 'encoding'>) {
  const name = fileName ?? (file instanceof File ? file.name : undefined);
  if (name === undefined) throw new TypeError('The file has no name; set fileName.');
  const type = file instanceof Blob && file.type !== '' ? file.type : typeOf(name);
  return { fileName: name, type: encoding === undefined ? type : `${type}; charset="${encoding}"` };
}

function typeOf(fileName: string): string {
  return fileName.toLowerCase().endsWith('.gz') ? 'application/gzip' : 'text/csv';
}

/** Passes on what is more than before. */
function farthest(totalBytes: number | undefined, onProgress: SubmitOptions['onProgress']) {
  let most = 0;
  return (bytes: number) => {
    if (bytes <= most) return;
    most = bytes;
    onProgress?.({ sentBytes: bytes, totalBytes });
  };
}
