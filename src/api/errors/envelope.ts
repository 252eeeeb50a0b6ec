import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Failure, toFailure } from './failure.ts';

/** A failure in the form of a response. */
export interface WordedFailure {
  readonly status: number;
  readonly contentType: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an envelope may say of the request that failed. */
export interface FailedRequest {
  /** Without its query. */
  readonly path: string;
  readonly requestId: string;
  /** The header of that name, for dialects that speak more than one language. */
  readonly acceptLanguage: string | undefined;
}

/** How a failure is told under one prefix. */
export interface Envelope {
  word(failure: Failure, request: FailedRequest): WordedFailure;
}

/** The path of a request's target, decoded as far as it can be: what routes and prefixes are compared with. */
export function pathOf(url: string): string {
  const [target = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}

/** Whether a path is a prefix or lies below it. */
export function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Headers that a handler may have set, and that say nothing of its failure. */
const OF_THE_ANSWER = [
  'content-disposition',
  'content-encoding',
  'content-length',
  'accept-ranges',
  'content-range',
  'etag',
  'vary',
  'x-accel-buffering',
];

/**
 * Answers a request that failed, in the envelope of its path, and logs what is our own fault. It sets the headers that every
 * response has, since a request whose URL cannot be read passes no hook.
 */
export function sendFailure(request: FastifyRequest, reply: FastifyReply, envelope: Envelope, error: unknown): void {
  const failure = toFailure(error);
  const { status, contentType, body, headers } = envelope.word(failure, {
    path: pathOf(request.url),
    requestId: request.id,
    acceptLanguage: request.headers['accept-language'],
  });
  if (reply.raw.destroyed || (request.raw.destroyed && !request.raw.complete))
    request.log.info('the client disconnected');
  else if (status >= 500) request.log.error({ err: error }, 'a request failed');
  for (const name of OF_THE_ANSWER) {
    reply.removeHeader(name);
    // A stream that failed before its first byte has set its headers already.
    reply.raw.removeHeader(name);
  }
  reply
    .code(status)
    .headers({
      ...request.server.defaultHeaders,
      'cache-control': 'no-store',
      'x-request-id': request.id,
      ...failure.headers,
      ...headers,
    })
    .type(contentType)
    .send(JSON.stringify(body));
}
