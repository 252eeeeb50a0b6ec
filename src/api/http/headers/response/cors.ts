import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KnownPaths } from '../../../operating/known-paths.ts';
import type { App } from '../../../zod.ts';
import { addVary } from './vary.ts';

/** What a page may send beside what any page may. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Encoding',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'If-Range',
  'Last-Event-ID',
  'OpenBulk-Organization',
  'Range',
  'X-Request-Id',
].join(', ');

/** What a page may read beside what any page may. */
const RESPONSE_HEADERS = [
  'Accept-Ranges',
  'Allow',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Range',
  'ETag',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Pagination-Current-Page',
  'X-Pagination-Page-Count',
  'X-Pagination-Per-Page',
  'X-Pagination-Total-Count',
  'X-Request-Id',
].join(', ');

/** A browser asks again after so long, s: the longest that all of them keep it. */
const MAX_AGE = '600';

export interface Sharing {
  /** Such as `https://app.example`; none: no other origin's page may call anything. */
  readonly origins: readonly string[];
  readonly paths: KnownPaths;
  /** What they may call. */
  readonly isShared: (request: FastifyRequest) => boolean;
}

/**
 * Lets pages of other origins call the API with a token (WHATWG Fetch, "CORS protocol"). `Access-Control-Allow-Credentials` is never sent:
 * nothing that a cookie unlocks can be read by them.
 */
export function shareWithOrigins(app: App, { origins, paths, isShared }: Sharing): void {
  if (origins.length === 0) return;
  const allowed = (request: FastifyRequest) => isShared(request) && origins.includes(request.headers.origin ?? '');
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'OPTIONS' || !allowed(request)) return;
    const methods = paths.methodsOf(request.url);
    if (methods.length === 0 || request.headers['access-control-request-method'] === undefined) return;
    return reply.code(204).headers(preflight(methods)).send();
  });
  app.addHook('onSend', async (request, reply) => {
    if (!isShared(request)) return;
    addVary(reply, 'Origin');
    if (allowed(request)) reply.headers(ofAnswer(request, reply));
  });
}

function preflight(methods: readonly string[]) {
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': REQUEST_HEADERS,
    'access-control-max-age': MAX_AGE,
  };
}

function ofAnswer({ headers: { origin = '' } }: FastifyRequest, reply: FastifyReply) {
  const isPreflight = reply.hasHeader('access-control-allow-methods');
  return {
    'access-control-allow-origin': origin,
    ...(!isPreflight && { 'access-control-expose-headers': RESPONSE_HEADERS }),
  };
}
