import { finished, type Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { Refusal } from '../../errors/failure.ts';
import { type ParameterizedHeader, parseHeader } from '../headers/request/header-parameters.ts';

/** A part of a form, as it arrives. Its body must be read to its end before the next part is asked for. */
export interface FormPart {
  readonly name: string;
  /** As the client calls it, without folders. */
  readonly fileName?: string;
  /** In lower case, without parameters. */
  readonly mimetype: string;
  /** What its Content-Type declares. */
  readonly charset?: string;
  readonly body: AsyncIterable<Buffer>;
}

const MAX_PARTS = 64;

/** The boundary of a form, or `undefined` when the Content-Type is not that of one (RFC 2046 §5.1.1). */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const { value, parameters } = parseHeader(contentType ?? '');
  const boundary = parameters.get('boundary');
  return value === 'multipart/form-data' && boundary && boundary.length <= 70 ? boundary : undefined;
}

/**
 * The parts of a `multipart/form-data` body (RFC 7578), one after the other, as fast as they are read. Dicer does the parsing; Busboy
 * around it hides the parts' charset.
 *
 * @param form `maxBytes` of the whole body, beyond which it fails with `tooLarge`
 * @throws Refusal `malformed` when the body is no form, or ends before it should, `request_timeout` when it comes too slowly; also from
 *   reading a part's body
 */
export async function* readForm(
  request: Readable,
  form: { readonly boundary: string; readonly maxBytes: number; readonly tooLarge: () => Refusal },
): AsyncGenerator<FormPart> {
  const arrivals = new Arrivals();
  const dicer = new Dicer({ boundary: form.boundary, maxHeaderPairs: 32 });
  dicer.on('part', (stream) => arrivals.add(stream));
  dicer.on('error', () => arrivals.fail(broken()));
  const parsed = new Promise<void>((resolve) => dicer.on('finish', resolve));
  // What comes after the last part means nothing, but holds up the connection's next request.
  const taken = parsed.then(() => request.unpipe(dicer).resume());
  const received = new Promise<void>((resolve) => {
    finished(request, { writable: false }, (error) => {
      if (error) arrivals.fail(error instanceof Refusal ? error : broken());
      else resolve();
    });
  });
  void Promise.all([taken, received]).then(() => arrivals.end());
  const count = counter(form.maxBytes, () => arrivals.fail(form.tooLarge()));
  request.on('data', count).pipe(dicer);
  try {
    for (let part = await arrivals.next(); part; part = await arrivals.next()) yield part;
  } finally {
    request.off('data', count).unpipe(dicer);
    arrivals.leave();
  }
}

function counter(maxBytes: number, onExceed: () => void): (chunk: Buffer) => void {
  let size = 0;
  return (chunk) => {
    size += chunk.length;
    if (size > maxBytes) onExceed();
  };
}

function broken(): Refusal {
  const message = 'The body is not a multipart/form-data form, or is incomplete.';
  return new Refusal('malformed', message, { problems: [{ field: 'body', message }] });
}

type Headers = Readonly<Record<string, readonly string[] | undefined>>;

/** Parts between the parser, which finds several at a time, and the reader, who takes one after the other. */
class Arrivals {
  readonly #waiting: FormPart[] = [];
  readonly #open = new Set<Readable>();
  #seen = 0;
  #over = false;
  #left = false;
  #error: Refusal | undefined;
  #wake: (() => void) | undefined;

  add(stream: Readable): void {
    this.#seen += 1;
    if (this.#seen > MAX_PARTS) this.fail(new Refusal('malformed', `A form can have at most ${MAX_PARTS} parts.`));
    else if (this.#left) this.fail(broken());
    this.#open.add(stream);
    // An error of an unread part must not end the process.
    stream.on('error', () => {});
    stream.once('close', () => this.#open.delete(stream));
    stream.once('header', (headers: Headers) => {
      const part = describe(headers, stream);
      if (part) this.#waiting.push(part);
      else stream.resume();
      this.#wake?.();
    });
    if (this.#error) stream.destroy(this.#error);
  }

  fail(error: Refusal): void {
    this.#error ??= error;
    for (const stream of this.#open) stream.destroy(this.#error);
    this.#wake?.();
  }

  /** The reader has all that it wanted. */
  leave(): void {
    this.#left = true;
    if (this.#open.size > 0) this.fail(broken());
  }

  end(): void {
    this.#over = true;
    this.#wake?.();
  }

  async next(): Promise<FormPart | undefined> {
    for (;;) {
      if (this.#error) throw this.#error;
      const part = this.#waiting.shift();
      if (part || this.#over) return part;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function describe(headers: Headers, body: Readable): FormPart | undefined {
  const disposition = parseHeader(utf8(headers['content-disposition']?.[0] ?? ''));
  const name = disposition.parameters.get('name');
  if (disposition.value !== 'form-data' || name === undefined) return undefined;
  const { value: mimetype, parameters } = parseHeader(utf8(headers['content-type']?.[0] ?? ''));
  const fileName = fileNameOf(disposition);
  const charset = parameters.get('charset');
  return {
    name: decodeQuotes(name),
    mimetype: mimetype || 'text/plain',
    body: bytesOf(body),
    ...(fileName !== undefined && { fileName }),
    ...(charset && { charset }),
  };
}

/** @throws Refusal `malformed` also where the parser itself finds that a part has no end */
async function* bytesOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    throw error instanceof Refusal ? error : broken();
  }
}

/** The parser gives header bytes as Latin-1; every client of this century means UTF-8 (RFC 7578 §5.1). */
function utf8(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}

/** What the HTML standard makes of quotes and line ends in names. */
function decodeQuotes(name: string): string {
  return name.replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fileNameOf({ parameters }: ParameterizedHeader): string | undefined {
  const given = extended(parameters.get('filename*')) ?? parameters.get('filename');
  return given === undefined ? undefined : decodeQuotes(given).replace(/^.*[/\\]/s, '');
}

/** RFC 8187; not allowed in forms (RFC 7578 §4.2), and sent all the same. */
function extended(value: string | undefined): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(value ?? '')?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
