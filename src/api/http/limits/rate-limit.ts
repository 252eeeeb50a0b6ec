import type { FastifyReply } from 'fastify';
import type { Principal } from '../../../auth/principal.ts';
import type { RateLimiter } from '../../../service/platform/rate-limiter.ts';
import { Refusal } from '../../errors/failure.ts';

/** What RFC 6749 (appendix A.1) makes a client id of, as far as one is worth remembering. */
const CLIENT_ID = /^[\x20-\x7e]{1,256}$/;

/**
 * Counts a request of a client and says in the answer how it stands (draft-ietf-httpapi-ratelimit-headers-10): `r` requests are left, and
 * all of them again in `t` seconds.
 *
 * @throws Refusal `too_many_requests`
 */
export async function countRequest(limiter: RateLimiter, principal: Principal, reply: FastifyReply): Promise<void> {
  const { clientId, tokenId, id } = principal;
  // All who are signed in come through one client, the console: to them it is each one's own.
  const ofClient = !reply.request.bySession && clientId !== undefined;
  // A tab is in no client id: no token's bucket is a client's.
  const client = tokenId !== undefined ? `token\t${tokenId}` : ofClient && CLIENT_ID.test(clientId) ? clientId : id;
  const { allowed, remaining, fullInSeconds, retryInSeconds } = await limiter.count(client);
  reply.headers({
    'ratelimit-policy': `"default";q=${limiter.budget};w=60`,
    ratelimit: `"default";r=${remaining};t=${fullInSeconds}`,
  });
  if (allowed) return;
  throw new Refusal(
    'too_many_requests',
    `This client can send ${limiter.budget} requests per minute. Try again in ${retryInSeconds} s.`,
    { headers: { 'retry-after': String(retryInSeconds) } },
  );
}
