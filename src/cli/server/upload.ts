import { randomUUID } from 'node:crypto';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { extname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../terminal/exit.ts';
import { connectionError, dataOf, type Endpoint, refusal, tasksUrl } from './http.ts';
import type { Input } from './input.ts';
import { withPatience } from './patience.ts';
import type { TaskView } from './wire.ts';

export interface Upload {
  readonly endpoint: Endpoint;
  /** Below the organization's tasks; those themselves if not given. */
  readonly path?: string;
  /** Go before the file, so that the server can refuse them before it has taken gigabytes. */
  readonly fields: Readonly<Record<string, string>>;
  /** Character set of the file, where it does not say so itself. */
  readonly charset?: string | undefined;
  readonly input: Input;
  /** Before the last byte has left, it breaks the upload off; afterwards the answer is worth waiting for. */
  readonly signal: AbortSignal;
  /** Told now and then how many bytes of the file have left. */
  readonly onProgress: (bytes: number) => void;
  readonly onWait: (text: string) => void;
}

/** How long an answer may take to be read after the connection broke. */
const ANSWER_MILLISECONDS = 500;
/** How long a server may be away before an upload is given up. */
const PATIENCE_MILLISECONDS = 300_000;

/**
 * Submits the input. One key for all attempts: if the server had the file already when the connection broke off, the
 * next attempt is answered with the task that was made then.
 *
 * @throws CommandError; the reason of `signal`
 */
export async function upload(upload: Upload): Promise<TaskView> {
  const key = randomUUID();
  const { signal, onWait, input } = upload;
  // What came through a pipe is gone.
  const milliseconds = input.file ? PATIENCE_MILLISECONDS : 0;
  return withPatience({ milliseconds, signal, onWait }, async () => {
    const { status, retryAfter, text } = await attempt(upload, key, await upload.endpoint.token());
    if (status >= 200 && status < 300) return dataOf<TaskView>(upload.endpoint, text);
    throw refusal(upload.endpoint, status, retryAfter, text);
  });
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

async function attempt(
  { endpoint, path, fields, charset, input, signal, onProgress }: Upload,
  key: string,
  token: string,
): Promise<Answer> {
  const boundary = `openbulk-${key}`;
  const head = partsBefore(boundary, fields, { name: input.name, charset });
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const url = new URL(tasksUrl(endpoint, path));
  // Not fetch: it gives a body that is streamed no Content-Length, and no answer before it has sent everything.
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'idempotency-key': key,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(input.file && { 'content-length': head.length + input.file.size + tail.length }),
    },
  });
  const answer = answerOf(request);
  const giveUp = new AbortController();
  const stop = () => giveUp.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    request.write(head);
    const body = envelop(input.file?.size, tail, onProgress, () => signal.removeEventListener('abort', stop));
    const sent = pipeline(input.read(), body, request, { signal: giveUp.signal });
    // An answer before the end is a refusal: the rest need not be sent. Where sending failed, the request knows why, or an
    // answer was on its way already.
    const failed = sent.then(
      () => answer,
      (error) => Promise.race([answer, sleep(ANSWER_MILLISECONDS).then(() => Promise.reject(error))]),
    );
    return await Promise.race([answer, failed]).finally(() => giveUp.abort());
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(endpoint.url, error);
  } finally {
    signal.removeEventListener('abort', stop);
    answer.catch(() => {});
    request.destroy();
  }
}

/** Passes the file on, and the end of the form after it. */
function envelop(
  size: number | undefined,
  tail: Buffer,
  onProgress: (bytes: number) => void,
  onEnd: () => void,
): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      onProgress(passed);
      done(null, chunk);
    },
    flush(done) {
      if (size !== undefined && passed !== size)
        return done(new CommandError('The file became shorter while it was uploaded. Nothing was submitted.'));
      onEnd();
      done(null, tail);
    },
  });
}

function answerOf(request: ClientRequest): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  request.once('error', reject);
  request.once('response', (response: IncomingMessage) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.once('error', reject);
    response.once('end', () => {
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, retryAfter: headers['retry-after'], text: Buffer.concat(parts).toString() });
    });
  });
  return promise;
}

function partsBefore(
  boundary: string,
  fields: Readonly<Record<string, string>>,
  { name, charset }: { readonly name: string; readonly charset: string | undefined },
): Buffer {
  const parts = Object.entries(fields).map(
    ([field, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  // Escaped as browsers do (HTML, "multipart/form-data").
  const fileName = name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const type = extname(name).toLowerCase() === '.gz' ? 'application/gzip' : 'text/csv';
  const contentType = charset === undefined ? type : `${type}; charset="${charset}"`;
  parts.push(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: ${contentType}\r\n\r\n`,
  );
  return Buffer.from(parts.join(''));
}
