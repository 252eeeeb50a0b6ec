import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Issuer } from '../../auth/issuer/issuer.ts';
import type { AddressLimit } from '../http/limits/address-limit.ts';
import type { App } from '../zod.ts';

/** The embedded issuer's path. */
export const MOUNTED_AT = '/oauth2';
const METADATA = '/.well-known/oauth-authorization-server';

/** Of a form for the token endpoint, bytes. */
const MAX_FORM = 16 * 1024;
/** The routes that are expensive without authentication. */
const COUNTED = new Set(['/auth', '/token']);

export interface MountOptions {
  readonly issuerUrl: string;
  readonly strangers: AddressLimit;
}

/** Hands everything under `/oauth2` to the embedded issuer as it came, and the place where RFC 8414 §3.1 looks for its metadata. */
export function mountIssuer(scope: App, issuer: Issuer, { issuerUrl, strangers }: MountOptions): void {
  // The issuer reads the body itself, whatever it is.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const forward = (url: (request: FastifyRequest) => string) => (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.slice(MOUNTED_AT.length).split('?', 1)[0]?.replace(/\/$/, '') ?? '';
    const refusal = refusalOf(request, COUNTED.has(path) ? strangers.count(request) : 0);
    if (refusal) return sendRefusal(reply, refusal);
    reply.hijack();
    // Requests that got a token are not counted.
    if (path === '/token') reply.raw.once('finish', () => reply.raw.statusCode === 200 && strangers.forgive(request));
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    request.raw.url = url(request);
    void issuer.handle(request.raw, reply.raw);
  };
  scope.all(
    `${MOUNTED_AT}/*`,
    forward(({ raw }) => (raw.url ?? '').slice(MOUNTED_AT.length)),
  );
  scope.get(
    METADATA + new URL(issuerUrl).pathname.replace(/\/$/, ''),
    forward(() => METADATA),
  );
}

interface IssuerRefusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  /** s. */
  readonly retryAfter?: number;
}

function refusalOf({ headers }: FastifyRequest, wait: number): IssuerRefusal | undefined {
  if (wait > 0) {
    const description = `too many requests from this address; try again in ${wait} s`;
    return { status: 429, error: 'temporarily_unavailable', description, retryAfter: wait };
  }
  if (Number(headers['content-length'] ?? 0) <= MAX_FORM) return undefined;
  return { status: 413, error: 'invalid_request', description: `a form can have at most ${MAX_FORM} bytes` };
}

function sendRefusal(reply: FastifyReply, { status, error, description, retryAfter }: IssuerRefusal): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  reply.code(status).header('cache-control', 'no-store').type('application/json; charset=utf-8');
  return reply.send(JSON.stringify({ error, error_description: description }));
}
