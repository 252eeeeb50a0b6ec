import { streamOf } from '../connection/chunks.ts';
import { newIdempotencyKey } from '../connection/idempotency-key.ts';
import type { Source } from './source.ts';

/** The form of a submission, without the bytes of its file. */
export interface UploadForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly fileName: string;
  /** Media type of the file. */
  readonly type: string;
}

/** Callbacks for sent bytes. */
export interface Sending {
  /** Told how many bytes of the file have left. */
  readonly onSent: (bytes: number) => void;
  /** Told when the last byte leaves. */
  readonly onEnd: () => void;
}

/** A form as it is sent (RFC 7578), made as it is read. */
export function multipart(
  form: UploadForm,
  source: Source,
  { onSent, onEnd }: Sending,
): { readonly headers: Readonly<Record<string, string>>; readonly body: ReadableStream<Uint8Array> } {
  const boundary = `openbulk-${newIdempotencyKey()}`;
  const head = new TextEncoder().encode(partsBefore(boundary, form));
  const tail = new TextEncoder().encode(`\r\n--${boundary}--\r\n`);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield head;
    let sent = 0;
    for await (const chunk of source.read()) {
      yield chunk;
      // When more is asked for, it is on its way.
      sent += chunk.length;
      onSent(sent);
    }
    onEnd();
    yield tail;
  }
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      // So that the server can refuse what is too large before it comes. Browsers leave it out, and send in chunks.
      ...(source.size !== undefined && { 'content-length': String(head.length + source.size + tail.length) }),
    },
    body: streamOf(chunks()),
  };
}

function partsBefore(boundary: string, { fields, fileName, type }: UploadForm): string {
  const parts = Object.entries(fields).map(
    ([field, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  // Escaped as browsers do (HTML, "multipart/form-data").
  const name = fileName.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const disposition = `Content-Disposition: form-data; name="file"; filename="${name}"`;
  return `${parts.join('')}--${boundary}\r\n${disposition}\r\nContent-Type: ${type}\r\n\r\n`;
}
