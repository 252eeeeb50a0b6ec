import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflate,
  gzip,
  zstdCompress,
} from 'node:zlib';
import type { FastifyReply } from 'fastify';
import type { App } from '../../zod.ts';
import { negotiateCoding } from '../headers/request/negotiate.ts';
import { addVary } from '../headers/response/vary.ts';

/** Events are none of these: they are worth nothing once they wait for more. */
const TYPES = /^(?:application\/(?:(?:\w+\+)?json|x-ndjson)|text\/csv)\b/;
/** What is shorter gains nothing, bytes. */
const LEAST = 1024;

interface Packer {
  /** A text that is there. */
  readonly whole: (content: string | Buffer) => Promise<Buffer>;
  /** What is still being made. Each piece goes out at once: none waits for the next. */
  readonly stream: () => Transform;
}

// Little memory for each of many answers at once, that may be read slowly: a window of 128 KB, of which text gains most.
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 17 } };
const zstd = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 17 } };

/** Of codings liked equally, the first: the fastest for what it gains. */
const packers = {
  zstd: {
    whole: (content) => promisify(zstdCompress)(content, zstd),
    stream: () => createZstdCompress({ ...zstd, flush: constants.ZSTD_e_flush }),
  },
  br: {
    whole: (content) => promisify(brotliCompress)(content, brotli),
    stream: () => createBrotliCompress({ ...brotli, flush: constants.BROTLI_OPERATION_FLUSH }),
  },
  gzip: {
    whole: (content) => promisify(gzip)(content),
    stream: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
  },
  deflate: {
    whole: (content) => promisify(deflate)(content),
    stream: () => createDeflate({ flush: constants.Z_SYNC_FLUSH }),
  },
} satisfies Record<string, Packer>;
const codings = Object.keys(packers) as (keyof typeof packers)[];

/**
 * Compresses JSON, CSV and NDJSON as `Accept-Encoding` says (docs/api/common.md "Compression"). The entity tag of what was
 * compressed is weak, since it names what is the same in meaning and not in bytes (RFC 9110 §8.8.1): `If-None-Match` is compared as
 * ever, and nobody goes on with a range where compressed bytes ended. A range itself is sent as it is.
 */
export function compressAnswers(app: App): void {
  app.addHook('onSend', async ({ method, headers }, reply, payload) => {
    const coding = negotiateCoding(headers['accept-encoding'], codings);
    if (reply.statusCode === 304) {
      if (coding) keepWeak(reply, headers['if-none-match']);
    } else if (!TYPES.test(String(reply.getHeader('content-type') ?? ''))) return payload;
    if (reply.hasHeader('content-encoding')) return payload;
    addVary(reply, 'Accept-Encoding');
    if (!coding || reply.statusCode === 206 || !isLong(payload, reply, method)) return payload;
    weaken(reply);
    reply.removeHeader('content-length').removeHeader('accept-ranges').header('content-encoding', coding);
    if (!(payload instanceof Readable)) return packers[coding].whole(payload as string | Buffer);
    return method === 'HEAD' ? payload : pipeline(payload, packers[coding].stream(), () => {});
  });
}

/** Names what the client has as it was named then, so that a cache finds it (RFC 9111 §4.3.4). */
function keepWeak(reply: FastifyReply, ifNoneMatch = ''): void {
  if (ifNoneMatch.includes(`W/${reply.getHeader('etag')}`)) weaken(reply);
}

function weaken(reply: FastifyReply): void {
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) reply.header('etag', `W/${etag}`);
}

/** A stream is long unless it is known not to be; of one that HEAD leaves out nothing is known but what its headers say. */
function isLong(payload: unknown, reply: FastifyReply, method: string): boolean {
  if (typeof payload === 'string') return Buffer.byteLength(payload) > LEAST;
  if (Buffer.isBuffer(payload)) return payload.length > LEAST;
  if (!(payload instanceof Readable)) return false;
  const length = reply.getHeader('content-length');
  return length === undefined ? method !== 'HEAD' : Number(length) > LEAST;
}
