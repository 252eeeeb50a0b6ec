import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { parseId } from '../task/ids.ts';
import { principalOf } from './claims.ts';
import { KeyRing, type KeySource, KeysUnavailable } from './key-ring.ts';
import type { Principal } from './principal.ts';
import { TokenCache } from './token-cache.ts';
import { TokenError } from './token-error.ts';

export interface VerifierOptions {
  /** `iss` that a token must have, to the letter. */
  readonly issuer: string;
  /** What `aud` must be or contain. */
  readonly audience: string;
  readonly keys: KeySource;
  /** Whether a client of ours may still act; asked at most once a minute for each token. Not given: never asked. */
  readonly isActiveClient?: (clientId: string) => Promise<boolean>;
  /** Milliseconds since 1970; the clock of the machine when not given. */
  readonly now?: () => number;
}

export interface Verifier {
  /** @throws TokenError */
  readonly verify: (token: string) => Promise<Principal>;
}

/** Characters. Ours have 1,000; one this long is an attack on the verifier, not a token. */
const MAX_TOKEN_LENGTH = 16 * 1024;
/** Seconds by which the clocks of issuer and server may differ, for `exp` and `nbf`. */
const CLOCK_TOLERANCE = 5;
/** Asymmetric ones only: with HS256 among them, the public key would be a secret that everybody has. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/**
 * How long a token is taken on trust, ms: a client's revocation must be felt within a minute. It is worth it, since a
 * client sends the same token with every request of an hour: verifying takes 0.11 ms, with the query for the client
 * 0.5 ms; a hit takes 2 µs, half of it the hash (Node 24, one core, PostgreSQL 15 beside it).
 */
const CACHE_MS = 60_000;
/** Tokens remembered; with seven permissions each takes 2 KB. */
const CACHE_ENTRIES = 10_000;

/** Verifies access tokens (RFC 9068) of one issuer. */
export function createVerifier(options: VerifierOptions): Verifier {
  const now = options.now ?? Date.now;
  const keys = new KeyRing(options.keys, now);
  const cache = new TokenCache(CACHE_ENTRIES);

  async function verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenError('invalid', 'The access token is too long');
    const digest = hash('sha256', token, 'base64');
    const start = now();
    const known = cache.get(digest, start);
    if (known !== undefined) return known;

    const claims = await verifyClaims(token, keys, options, start);
    await refuseInactiveClient(claims, options);
    const principal = principalOf(claims, options.issuer);
    // From the start, not from now: what was true when we asked may not be counted as true for longer than a minute.
    cache.set(digest, principal, Math.min(start + CACHE_MS, claims.exp * 1000));
    return principal;
  }

  return { verify };
}

type Claims = JWTPayload & { sub: string; exp: number };

async function verifyClaims(token: string, keys: KeyRing, options: VerifierOptions, now: number): Promise<Claims> {
  try {
    // `jku`, `x5u`, `jwk` and `x5c` in the header are never looked at: the key comes from the issuer's set or not at all.
    const { payload } = await jwtVerify<Claims>(token, (header, jws) => keys.find(header, jws), {
      algorithms: ALGORITHMS,
      issuer: options.issuer,
      audience: options.audience,
      // Without it an ID token of the same issuer would pass for an access token (RFC 9068 §4).
      typ: 'at+jwt',
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: new Date(now),
    });
    if (typeof payload.sub !== 'string') throw new errors.JWTInvalid('"sub" must be a string');
    return payload;
  } catch (error) {
    throw asTokenError(error);
  }
}

async function refuseInactiveClient(claims: Claims, options: VerifierOptions): Promise<void> {
  const clientId = claims.client_id;
  // What is not an id of ours is no client of the embedded issuer: a token of the command line.
  if (options.isActiveClient === undefined || typeof clientId !== 'string' || parseId(clientId) === undefined) return;
  let active: boolean;
  try {
    active = await options.isActiveClient(clientId);
  } catch (error) {
    throw new TokenError('unavailable', 'The access token cannot be verified at the moment', { cause: error });
  }
  if (!active) throw new TokenError('invalid', 'The access token was revoked');
}

function asTokenError(error: unknown): unknown {
  if (error instanceof KeysUnavailable) {
    return new TokenError('unavailable', 'The access token cannot be verified at the moment', { cause: error });
  }
  if (error instanceof errors.JWTExpired) {
    return new TokenError('invalid', 'The access token expired', { cause: error });
  }
  if (error instanceof errors.JOSEError) {
    return new TokenError('invalid', 'The access token is invalid', { cause: error });
  }
  return error;
}
