import type { FastifyReply, FastifyRequest } from 'fastify';
import { ownUrl, type Whereabouts } from '../own-url.ts';

/** A cookie of ours: the session's, the one that binds a sign-in under way to its browser, or the one that a browser is known by. */
export type CookieKind = 'openbulk' | 'openbulk-sign-in' | 'openbulk-device';

/** 256 bits in base64url: all that our cookies ever hold. */
const VALUE = /^[\w-]{43}$/;

/** The value of our cookie that a request carries, if any. */
export function readCookie(place: Whereabouts, request: FastifyRequest, kind: CookieKind): string | undefined {
  const name = cookieName(place, request, kind);
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

/**
 * Gives the browser a cookie that no script can read and that no other site's requests carry, but for a link to here:
 * `SameSite=Strict` would keep it from the redirect that brings the browser back from the issuer.
 *
 * @param seconds for how long; 0 takes it away
 */
export function setCookie(
  place: Whereabouts,
  reply: FastifyReply,
  kind: CookieKind,
  { value, seconds }: { value: string; seconds: number },
): void {
  const name = cookieName(place, reply.request, kind);
  const secure = isSecure(place, reply.request) ? '; Secure' : '';
  reply.header('set-cookie', `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`);
}

/** Over https the prefix guarantees that no other host of the domain has set it (RFC 6265bis §4.1.3.2). */
function cookieName(place: Whereabouts, request: FastifyRequest, kind: CookieKind): string {
  return isSecure(place, request) ? `__Host-${kind}` : kind;
}

function isSecure(place: Whereabouts, request: FastifyRequest): boolean {
  return ownUrl(place, request).startsWith('https:');
}
