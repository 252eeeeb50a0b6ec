import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { COMMAND_LINE_CLIENT, insertToken } from '../clients/command-line-tokens.ts';
import { type KeyAccess, loadIssuerKeys } from '../keys/issuer-keys.ts';
import type { Permission } from '../permissions.ts';
import { ownClaims } from '../tokens/claims/claims.ts';
import { audienceOf } from './issuer-identity.ts';

const COMMAND_LINE_NAME = 'the command line';

/** Maximum lifetime of a token in days: for longer access there are clients, whose secrets can be rotated. */
export const MAX_TOKEN_DAYS = 30;
const MAX_TTL_SECONDS = MAX_TOKEN_DAYS * 86_400;

export interface MintTokenDeps extends KeyAccess {
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
  /** The account and the machine that ask for it; the command line when not given. */
  readonly madeBy?: string;
}

/**
 * Signs an access token as the embedded issuer would (RFC 9068), for the command line, which has access to the database and its secret key. The database
 * takes it down, so that it can be listed and ended.
 *
 * @throws RangeError when `ttlSeconds` is not a whole number of seconds from 1 to 30 days
 */
export async function mintToken(deps: MintTokenDeps, request: TokenRequest): Promise<string> {
  const { organizationId, ttlSeconds, subject = COMMAND_LINE_CLIENT, madeBy = COMMAND_LINE_NAME } = request;
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
    throw new RangeError(`A token is valid for 1 second to ${MAX_TOKEN_DAYS} days, not for ${ttlSeconds} seconds.`);
  }
  const [key] = (await loadIssuerKeys(deps)).signing;
  const id = randomUUID();
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = issuedAt + ttlSeconds;
  const permissions = [...new Set(request.permissions)];
  const known = { id, organizationId, permissions, subject, madeBy, expiresAt: new Date(expiresAt * 1000) };
  await insertToken(deps.pool, known);
  return new SignJWT({
    client_id: COMMAND_LINE_CLIENT,
    scope: permissions.join(' '),
    ...ownClaims(organizationId, COMMAND_LINE_NAME),
  })
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid })
    .setIssuer(deps.issuer)
    .setAudience(audienceOf(deps.issuer))
    .setSubject(subject)
    .setJti(id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(await importJWK(key));
}
