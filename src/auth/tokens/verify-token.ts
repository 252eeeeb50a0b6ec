import { hash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { parseId } from '../../task/ids.ts';
import type { JsonObject } from '../issuer/issuer-request.ts';
import { KeyRing, type KeySource } from '../keys/key-ring.ts';
import type { Principal } from '../principal.ts';
import { type ClaimNames, OWN_CLAIMS, wordsOf } from './claims/claim-names.ts';
import { principalOf, text } from './claims/claims.ts';
import { type IntrospectedClaims, introspectedClaims } from './claims/introspected-claims.ts';
import { ExpiringCache } from './expiring-cache.ts';
import { TokenError } from './token-error.ts';
import type { TokenRules } from './token-rules.ts';
import { isJwt, verifyJwt } from './verify-jwt.ts';

export interface VerifierOptions extends TokenRules {
  readonly keys: KeySource;
  /** What the issuer says of a token that is no JWT; throws when it cannot be asked. Not given: such a token is refused. */
  readonly introspect?: (token: string) => Promise<JsonObject>;
  /** Not given: those of the embedded issuer. */
  readonly claims?: ClaimNames;
  /** The UUIDs of organizations that a token names in other words than their ids. Not given: there are no such. */
  readonly findOrganizations?: (words: readonly string[]) => Promise<readonly string[]>;
  /** Whether a token was ended before its time; asked at most once a minute for each. Not given: never asked. */
  readonly isRevoked?: (marks: TokenMarks) => Promise<boolean>;
  /** Whether each token of a client has its own request limit. By default none has. */
  readonly isOwnBucket?: (clientId: string) => boolean;
  /** Milliseconds since 1970; the clock of the machine when not given. */
  readonly now?: () => number;
}

/** What a token is known by. */
export interface TokenMarks {
  /** The key that signed it. */
  readonly kid: string | undefined;
  readonly clientId: string | undefined;
  /** Its own id, `jti`. */
  readonly id: string | undefined;
}

export interface Verifier {
  /** @throws TokenError */
  readonly verify: (token: string) => Promise<Principal>;
}

/** Characters. Ours have 1,000; one this long is an attack on the verifier, not a token. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/**
 * How long a token is taken on trust, ms: a revocation must be felt within a minute. It is worth it, since a
 * client sends the same token with every request of an hour: verifying takes 0.11 ms, with the query for the client
 * 0.5 ms; a hit takes 2 µs, half of it the hash (Node 24, one core, PostgreSQL 15 beside it).
 */
const CACHE_MS = 60_000;
/** Tokens remembered; with seven permissions each takes 2 KB. */
const CACHE_ENTRIES = 10_000;

/** Verifies access tokens of one issuer: JWTs (RFC 9068) by its keys, others by asking it (RFC 7662). */
export function createVerifier(options: VerifierOptions): Verifier {
  const now = options.now ?? Date.now;
  const keys = new KeyRing(options.keys, now);
  // By the hash of the token, so that no credentials are kept.
  const cache = new ExpiringCache<Principal>(CACHE_ENTRIES);
  const pending = new Map<string, Promise<Principal>>();

  async function verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenError('invalid', 'The access token is too long');
    const digest = hash('sha256', token, 'base64');
    const known = cache.get(digest, now());
    if (known !== undefined) return known;
    // A client with many requests at once asks about its token once.
    const asked = pending.get(digest) ?? judge(token, digest).finally(() => pending.delete(digest));
    pending.set(digest, asked);
    return asked;
  }

  async function judge(token: string, digest: string): Promise<Principal> {
    const start = now();
    const claims = isJwt(token)
      ? await verifyJwt(token, keys, options, start)
      : await introspect(token, options, start);
    await refuseRevoked(token, claims, options);
    const principal = await findPrincipal(claims, options);
    // From the start, not from now: what was true when we asked may not be counted as true for longer than a minute.
    cache.set(digest, principal, Math.min(start + CACHE_MS, (claims.exp ?? Number.POSITIVE_INFINITY) * 1000));
    return principal;
  }

  return { verify };
}

async function introspect(token: string, options: VerifierOptions, now: number): Promise<IntrospectedClaims> {
  if (!options.introspect) throw new TokenError('invalid', 'The access token is invalid');
  try {
    return introspectedClaims(await options.introspect(token), options, now);
  } catch (error) {
    throw error instanceof TokenError ? error : unverifiable(error);
  }
}

async function refuseRevoked(token: string, claims: IntrospectedClaims, { isRevoked }: VerifierOptions): Promise<void> {
  if (!isRevoked) return;
  const { kid } = decodeProtectedHeader(token);
  let revoked: boolean;
  try {
    revoked = await isRevoked({ kid, clientId: text(claims.client_id), id: text(claims.jti) });
  } catch (error) {
    throw unverifiable(error);
  }
  if (revoked) throw new TokenError('invalid', 'The access token was revoked');
}

async function findPrincipal(claims: IntrospectedClaims, options: VerifierOptions): Promise<Principal> {
  const names = options.claims ?? OWN_CLAIMS;
  const principal = principalOf(claims, options.issuer, names);
  const words = wordsOf(claims, names.organizations).filter((word) => parseId(word) === undefined);
  const found = (await options.findOrganizations?.(words)) ?? [];
  const id = principal.clientId !== undefined && options.isOwnBucket?.(principal.clientId) && text(claims.jti);
  const organizations = new Set([...principal.organizations, ...found]);
  return { ...principal, organizations, ...(id && { tokenId: id }) };
}

function unverifiable(cause: unknown): TokenError {
  return new TokenError('unavailable', 'The access token cannot be verified at the moment', { cause });
}
