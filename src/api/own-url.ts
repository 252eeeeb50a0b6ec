import type { FastifyRequest } from 'fastify';
import type { ApiOptions } from './context.ts';

/** Hosts that only this machine reaches, with a port. */
const THIS_MACHINE = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/** What says where this server is. */
export type Whereabouts = Pick<ApiOptions, 'publicUrl' | 'resourceUrl'>;

/**
 * Where the browser that asks reaches this server, without a trailing slash: where it was said to be. Where nobody has said it, a browser
 * on this machine may know it by any of that one's names; no other `Host` is believed.
 */
export function ownUrl({ publicUrl, resourceUrl }: Whereabouts, { headers: { host = '' } }: FastifyRequest): string {
  return publicUrl ?? (THIS_MACHINE.test(host) ? `http://${host}` : resourceUrl);
}

/** The path under which browsers see this server: empty, unless a proxy has it under one. */
export function ownPath({ publicUrl, resourceUrl }: Whereabouts): string {
  return new URL(publicUrl ?? resourceUrl).pathname.replace(/\/$/, '');
}

/**
 * Whether a request comes from a page of this server, as far as its browser says (Fetch Metadata; `Origin`). A page of another origin
 * cannot make a browser lie, and cannot choose the `Host` that a cookie of ours is sent to.
 */
export function isOwnPage({ publicUrl }: Whereabouts, { headers }: FastifyRequest): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const own = publicUrl === undefined ? `http://${host}` : new URL(publicUrl).origin;
  return (site === undefined || site === 'same-origin') && (origin === undefined || origin === own);
}
