import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Issuer } from '../auth/issuer.ts';
import type { App } from './zod.ts';

/** The embedded issuer's path. */
export const MOUNTED_AT = '/oauth2';
const METADATA = '/.well-known/oauth-authorization-server';

/** Hands everything under `/oauth2` to the embedded issuer as it came, and the place where RFC 8414 §3.1 looks for its metadata. */
export function mountIssuer(scope: App, issuer: Issuer, issuerUrl: string): void {
  // The issuer reads the body itself, whatever it is.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const forward = (url: (request: FastifyRequest) => string) => (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
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
