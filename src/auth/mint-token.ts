import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { Pool } from '../store/pool.ts';
import { ownClaims } from './claims.ts';
import { audienceOf } from './issuer-identity.ts';
import { loadIssuerKeys } from './issuer-keys.ts';
import type { Permission } from './permissions.ts';

/** The `client_id` of tokens that were minted on the command line: no client of the database, so none can be revoked. */
export const COMMAND_LINE_CLIENT = 'openbulk-cli';
const COMMAND_LINE_NAME = 'the command line';

export interface MintTokenDeps {
  readonly pool: Pool;
  /** URL; what `issuerIdentity` gives. */
  readonly issuer: string;
}

export interface TokenRequest {
  /** UUID. */
  readonly organizationId: string;
  readonly permissions: readonly Permission[];
  readonly ttlSeconds: number;
  /** Whom the token speaks for; the command line itself when not given. */
  readonly subject?: string;
}

/**
 * Signs an access token as the embedded issuer would (RFC 9068), for whoever has the database anyway.
 * @throws RangeError when `ttlSeconds` is not a whole number of seconds above 0
 */
export async function mintToken(deps: MintTokenDeps, request: TokenRequest): Promise<string> {
  const { organizationId, permissions, ttlSeconds, subject = COMMAND_LINE_CLIENT } = request;
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1) {
    throw new RangeError(`A token's time to live is a whole number of seconds above 0, not ${ttlSeconds}.`);
  }
  const [key] = (await loadIssuerKeys(deps.pool)).signing;
  const issuedAt = Math.floor(Date.now() / 1000);
  return new SignJWT({
    client_id: COMMAND_LINE_CLIENT,
    scope: [...new Set(permissions)].join(' '),
    ...ownClaims(organizationId, COMMAND_LINE_NAME),
  })
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid })
    .setIssuer(deps.issuer)
    .setAudience(audienceOf(deps.issuer))
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(await importJWK(key));
}
