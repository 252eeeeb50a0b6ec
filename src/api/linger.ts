import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** As nginx does (`lingering_time`, `lingering_timeout`), ms. */
const TIME = 30_000;
const IDLE = 5_000;

/**
 * Fastify `onSend`: answers a client that is still sending. Closing the connection on it would make its system throw the answer
 * away with a reset (RFC 9112 §9.6). So the answer goes out whole at once, the rest of the request is read and dropped for
 * a while, and only then the connection closes. Keeping the connection would mean to read all of an upload that was refused.
 */
export async function lingerWhileSending(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (typeof payload !== 'string' || !isSending(request.raw)) return payload;
  reply.headers({ connection: 'close', 'content-length': Buffer.byteLength(payload) });
  if (request.awaitsContinue) return payload;
  return Readable.from(
    (async function* () {
      yield payload;
      await drain(request.raw);
    })(),
  );
}

function isSending(raw: IncomingMessage): boolean {
  const length = raw.headers['content-length'];
  const hasBody = raw.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  return hasBody && !raw.complete && !raw.destroyed;
}

/** Reads and drops what comes, until it ends, pauses for too long, or goes on for too long. */
function drain(raw: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(whole);
      clearTimeout(idle);
      resolve();
    };
    const whole = setTimeout(done, TIME);
    const idle = setTimeout(done, IDLE);
    raw.on('data', () => idle.refresh());
    raw.once('end', done).once('close', done).once('error', done);
    raw.unpipe();
    raw.resume();
  });
}
