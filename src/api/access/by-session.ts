import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../auth/principal.ts';
import type { StoredSession } from '../../auth/sessions/session-store.ts';
import type { Sessions } from '../../auth/sessions/sessions.ts';
import { TokenError } from '../../auth/tokens/token-error.ts';
import type { Verifier } from '../../auth/tokens/verify-token.ts';
import { challenge, Refusal } from '../errors/failure.ts';
import { isOwnPage, type Whereabouts } from '../own-url.ts';
import { readCookie } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the request is authenticated by a cookie; set by `enterSession`. */
    bySession: boolean;
  }
}

/** RFC 9110 §9.2.1. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The session of the browser that asks, if it is signed in. A request that may change something must show that a page of this server makes
 * it: with a header that no other page can set without a preflight request, which is never allowed.
 *
 * @throws Refusal `cross_site`
 * @throws TokenError
 */
async function enterSession(
  place: Whereabouts & { readonly sessions: Sessions },
  request: FastifyRequest,
): Promise<StoredSession | undefined> {
  const id = readCookie(place, request, 'openbulk');
  const session = id === undefined ? undefined : await place.sessions.use(id);
  if (!session) return undefined;
  request.bySession = true;
  refuseForgery(place, request);
  return session;
}

/**
 * Whoever is signed in, as the session's access token has them. One that is refused before its time is renewed, once.
 *
 * @throws Refusal `cross_site`
 * @throws TokenError
 */
export async function identifySession(
  place: Whereabouts & { readonly sessions: Sessions; readonly verifier: Verifier },
  request: FastifyRequest,
): Promise<{ readonly session: StoredSession; readonly principal: Principal } | undefined> {
  const { sessions, verifier } = place;
  const session = await enterSession(place, request);
  if (!session) return undefined;
  const { access } = session.tokens;
  try {
    return { session, principal: await verifier.verify(access) };
  } catch (error) {
    const id = readCookie(place, request, 'openbulk');
    if (id === undefined || !(error instanceof TokenError) || error.kind !== 'invalid') throw error;
    const renewed = await sessions.renew(id, access);
    if (!renewed) throw error;
    return { session: renewed, principal: await verifier.verify(renewed.tokens.access) };
  }
}

/** @throws Refusal `cross_site` */
export function refuseForgery(place: Whereabouts, request: FastifyRequest): void {
  if (SAFE.has(request.method)) return;
  if (request.headers['openbulk-csrf'] === '1' && isOwnPage(place, request)) return;
  throw new Refusal(
    'cross_site',
    'A request with a session cookie must come from a page of this server, with OpenBulk-Csrf: 1.',
    {
      headers: challenge(),
    },
  );
}

/** Keeps what a cookie has unlocked from shared caches, which know of Authorization alone (RFC 9111 §3.5). */
export async function keepPrivate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!request.bySession) return;
  const said = String(reply.getHeader('cache-control') ?? 'no-cache');
  if (!/\b(?:private|no-store)\b/.test(said)) reply.header('cache-control', `private, ${said}`);
}
