import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSending } from '../bodies/watch-body.ts';
import type { HttpLimits } from './http-limits.ts';

/**
 * Fastify `onSend`: answers a client that is still sending. Closing the connection on it would make its system throw the answer
 * away with a reset (RFC 9112 §9.6). So the answer goes out whole at once, the rest of the request is read and dropped for
 * a while, and only then the connection closes. Keeping the connection would mean to read all of an upload that was refused.
 */
export function lingerWhileSending({ linger }: Pick<HttpLimits, 'linger'>) {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    if (!isSending(request.raw)) return payload;
    reply.header('connection', 'close');
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    reply.header('content-length', Buffer.byteLength(payload));
    if (request.awaitsContinue) return payload;
    return Readable.from(
      (async function* () {
        yield payload;
        await drain(request.raw, linger);
      })(),
    );
  };
}

/** Reads and drops the rest of a body, until it ends, pauses for too long, or takes too long. */
function drain(raw: IncomingMessage, limits: HttpLimits['linger']): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(whole);
      clearTimeout(idle);
      resolve();
    };
    const whole = setTimeout(done, limits.whole);
    const idle = setTimeout(done, limits.silence);
    raw.on('data', () => idle.refresh());
    raw.once('end', done).once('close', done).once('error', done);
    raw.unpipe();
    raw.resume();
  });
}
