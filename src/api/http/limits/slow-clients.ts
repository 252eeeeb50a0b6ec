import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../../errors/failure.ts';
import { messages } from '../../errors/messages.ts';
import type { App } from '../../zod.ts';
import { isSending, watchBody } from '../bodies/watch-body.ts';
import { isFromNetwork } from '../headers/request/client-address.ts';
import type { HttpLimits } from './http-limits.ts';

/**
 * Ends requests whose bodies arrive too slowly, on every route and before authentication: 408 in the envelope of the
 * route while its body is being read; otherwise, or if the response has started, the connection is closed.
 */
export function refuseSlowBodies(app: App, limits: Pick<HttpLimits, 'body' | 'upload'>): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isFromNetwork(request) || !isSending(request.raw)) return;
    let told = false;
    watchBody({
      request: request.raw,
      pace: request.routeOptions.config?.streamedBody ? limits.upload : limits.body,
      mayStart: () => !request.awaitsContinue,
      onSlow: () => {
        if (told || !tell(request, reply)) request.raw.destroy();
        told = true;
      },
    });
  });
}

/** @returns whether a response could be sent */
function tell({ raw }: FastifyRequest, reply: FastifyReply): boolean {
  if (reply.raw.headersSent) return false;
  // The issuer reads and responds itself, and would treat an error as an empty body.
  if (reply.sent) answerHijacked(reply);
  // Also where the reader takes the request for over, as Node's iterator does.
  else reply.header('connection', 'close');
  return interrupt(raw);
}

/**
 * Whoever reads the body gets an error from it. Destroying it would do the same, and take the connection away on which the answer
 * is to be sent.
 */
function interrupt(raw: IncomingMessage): boolean {
  return raw.listenerCount('error') > 0 && raw.emit('error', tooSlow());
}

function answerHijacked({ raw }: FastifyReply): void {
  const body = JSON.stringify({ error: 'invalid_request', error_description: tooSlow().message });
  raw.writeHead(408, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    'cache-control': 'no-store',
  });
  raw.end(body);
}

function tooSlow(): Refusal {
  return new Refusal('request_timeout', messages.request_timeout);
}
