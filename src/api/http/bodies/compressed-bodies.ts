import type { IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { Refusal } from '../../errors/failure.ts';
import { messages } from '../../errors/messages.ts';
import type { App } from '../../zod.ts';
import { hasBody } from './watch-body.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as its sender had it before it was compressed, for a handler that reads it as it arrives. */
    readonly content: Readable;
  }
}

/** `bytesWritten` is what it has unpacked so far of what was written into it. */
type Decoder = Transform & { readonly bytesWritten: number };

const decoders: ReadonlyMap<string, () => Decoder> = new Map<string, () => Decoder>([
  ['gzip', createGunzip],
  // RFC 9110 §8.4.1.3
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  // RFC 9659: no window is larger than 8 MB, to limit the memory that is needed.
  ['zstd', () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } })],
]);
const TAKEN = 'gzip, deflate, br, zstd';

/**
 * Takes compressed bodies on every route that is somebody's to ask (docs/api/common.md "Compression"). Whoever reads one counts what comes out, as
 * much as is taken of any body, and what nobody reads is not unpacked.
 */
export function acceptCompressed(app: App): void {
  const contents = new WeakMap<IncomingMessage, Readable>();
  app.decorateRequest('content', {
    getter() {
      return contents.get(this.raw) ?? this.raw;
    },
  });
  // After the hooks that authenticate.
  app.addHook('preParsing', async ({ raw, routeOptions }, _reply, payload) => {
    const coding = raw.headers['content-encoding']?.trim().toLowerCase() || 'identity';
    if (!routeOptions.config.permission || !hasBody(raw) || coding === 'identity') return payload;
    const open = decoders.get(coding);
    if (!open) throw unsupported();
    const content = decode(raw, open());
    contents.set(raw, content);
    // Fastify compares it with the Content-Length.
    return Object.assign(content, { receivedEncodedLength: Number(raw.headers['content-length'] ?? 0) });
  });
  // Who is answered is not read any more.
  app.addHook('onSend', async ({ raw }) => {
    contents.get(raw)?.destroy();
  });
}

/** Never destroys the request, with which the connection would go on which it is to be answered. */
function decode(raw: IncomingMessage, decoder: Decoder): Readable {
  let arrived = 0;
  raw.on('error', (error) => decoder.destroy(error));
  // It is told to the reader, once there is one.
  decoder.on('error', () => {});
  raw
    .on('data', (chunk: Buffer) => {
      arrived += chunk.length;
    })
    .pipe(decoder);
  return Readable.from(
    bytesOf(decoder, () => arrived),
    { objectMode: false },
  ).once('close', () => {
    raw.unpipe(decoder).resume();
    decoder.destroy();
  });
}

async function* bytesOf(decoder: Decoder, arrived: () => number): AsyncGenerator<Buffer> {
  try {
    yield* decoder;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw malformed(messages.body_does_not_match_encoding);
  }
  // Node stops at the end of the first frame of several, as if that were all.
  if (decoder.bytesWritten < arrived()) {
    throw malformed(messages.body_continues);
  }
}

function malformed(message: string): Refusal {
  return new Refusal('malformed', message, { problems: [{ field: 'body', message }] });
}

function unsupported(): Refusal {
  const message = `This Content-Encoding is not supported: Content-Encoding must be one of ${TAKEN}.`;
  return new Refusal('unsupported_encoding', message, {
    problems: [{ field: 'Content-Encoding', message: `must be one of ${TAKEN}` }],
    headers: { 'accept-encoding': TAKEN },
  });
}
