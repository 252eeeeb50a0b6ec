import { type Call, type CallInit, type Connection, call, SENT_ONCE } from './connection.ts';
import { fill, readBody } from './dialect.ts';
import { unreadable } from './error.ts';
import type { components, operations } from './generated/organizations.ts';
import { newIdempotencyKey } from './idempotency-key.ts';
import { type ImportForm, multipart } from './multipart.ts';
import { openSource, type Source, type UploadFile } from './source.ts';
import { sendByXhr } from './xhr.ts';

/** A task, as the organizations dialect shows it. */
export type Task = components['schemas']['Task'];

/** A task that was submitted, with what is needed to ask for it. */
export type SubmittedTask = Task & { readonly organization: string };

/** What to import, and how. */
export interface ImportOrder {
  /** Id or slug. */
  readonly organization: string;
  readonly action: operations['postOrganizationsBulkTasks']['requestBody']['content']['multipart/form-data']['action'];
  /** A `File` or `Blob` can be sent again when the connection breaks off; a stream, once begun, cannot. */
  readonly file: UploadFile;
  /** Name of the file; that of a `File` unless given. */
  readonly fileName?: string;
  /** Whether a line whose record is there already updates it; else it is skipped. */
  readonly override?: boolean;
  /** Target column to header of the file. */
  readonly mapping?: Readonly<Record<string, string>>;
  /** Target column to value, for every line. */
  readonly constants?: Readonly<Record<string, string>>;
  /** How the file writes dates, such as `DD/MM/YYYY`. */
  readonly dateFormat?: string;
  /** Target column to how the file writes its dates, such as `M/D/YY` or `Excel`, or its numbers, such as `1.234,56`. */
  readonly formats?: Readonly<Record<string, string>>;
  /** Cells that mean that there is no value, such as `NULL`. */
  readonly missingValues?: readonly string[];
  /** Whether rows that end early are taken, with the cells that they lack blank; else they are errors. */
  readonly allowShortRows?: boolean;
  /** Of the file; found out if not given. */
  readonly encoding?: string;
  /** Whether only to find out what would become of every line: no record is written. */
  readonly dryRun?: boolean;
}

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
  /** Instead of a new one: the same key and file within 24 hours give the same task. */
  readonly idempotencyKey?: string;
}

const PATH = '/v1/organizations/{organizationId}/bulk-tasks';

/**
 * Uploads a file as it is read, nothing of it held whole, and gives the task that was made of it.
 *
 * @throws OpenBulkError; the reason of the signal; what reading the file throws
 */
export async function submitImport(
  connection: Connection,
  order: ImportOrder,
  { onProgress, signal, idempotencyKey = newIdempotencyKey() }: SubmitOptions = {},
): Promise<SubmittedTask> {
  const { organization, file } = order;
  const source = openSource(file);
  const form = formOf(order);
  const onSent = farthest(source.size, onProgress);
  const request: Call = {
    method: 'POST',
    path: fill(PATH, { organizationId: organization }),
    headers: new Headers({ 'idempotency-key': idempotencyKey, accept: 'application/json' }),
    signal,
    idempotent: true,
    replayable: source.replayable,
    send: (url, init) =>
      file instanceof Blob && canUseXhr(connection)
        ? sendByXhr(url, init, { form, file, onSent })
        : sendByFetch(connection, url, init, { form, source, onSent }),
  };
  try {
    const answer = await call(connection, request, readTask);
    onSent(source.size ?? source.readBytes());
    return { ...answer, organization };
  } finally {
    await source.close();
  }
}

/** `fetch` tells nothing of what has left, and browsers stream a body by HTTP/2 only. */
function canUseXhr(connection: Connection): boolean {
  return typeof XMLHttpRequest === 'function' && !connection.ownFetch;
}

interface FetchUpload {
  readonly form: ImportForm;
  readonly source: Source;
  readonly onSent: (bytes: number) => void;
}

async function sendByFetch(
  { fetch }: Connection,
  url: string,
  init: CallInit,
  { form, source, onSent }: FetchUpload,
): Promise<Response> {
  const { headers, body } = multipart(form, source, onSent);
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

/** The form of an order: the file comes last, so that the server can refuse the fields before it has taken gigabytes. */
function formOf(order: ImportOrder): ImportForm {
  const { file, action, override, mapping, constants, dateFormat, encoding, dryRun } = order;
  const { formats, missingValues, allowShortRows } = order;
  const fileName = order.fileName ?? (file instanceof File ? file.name : undefined);
  if (fileName === undefined) throw new TypeError('The file has no name of its own: fileName is needed.');
  const type = file instanceof Blob && file.type !== '' ? file.type : typeOf(fileName);
  const fields = {
    action,
    override: String(override === true),
    ...(mapping && { mapping: JSON.stringify(mapping) }),
    ...(constants && { constants: JSON.stringify(constants) }),
    ...(dateFormat !== undefined && { dateFormat }),
    ...(formats && { formats: JSON.stringify(formats) }),
    ...(missingValues && { missingValues: JSON.stringify(missingValues) }),
    ...(allowShortRows && { allowShortRows: 'true' }),
    ...(encoding !== undefined && { encoding }),
    ...(dryRun && { dryRun: 'true' }),
  };
  return { fields, fileName, type };
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
