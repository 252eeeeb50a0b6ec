import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { type KeyRing, KeysUnavailable } from '../keys/key-ring.ts';
import { TokenError } from './token-error.ts';
import { CLOCK_TOLERANCE, type TokenRules } from './token-rules.ts';

/** What a verified token says; `exp` is in seconds since 1970. */
export type Claims = JWTPayload & { readonly sub: string; readonly exp: number };

/** Asymmetric ones only: with HS256 among them, the public key would be a secret that everybody has. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** Whether a token is written as a signed JWT (RFC 7515 §7.1), true or not. */
export function isJwt(token: string): boolean {
  if (token.split('.').length !== 3) return false;
  try {
    return typeof decodeProtectedHeader(token).alg === 'string';
  } catch {
    return false;
  }
}

/**
 * Verifies a token that is a JWT (`isJwt`) by the issuer's keys.
 * @param now ms since 1970
 * @throws TokenError
 */
export async function verifyJwt(token: string, keys: KeyRing, rules: TokenRules, now: number): Promise<Claims> {
  try {
    refuseAtSight(token, rules);
    // `jku`, `x5u`, `jwk` and `x5c` in the header are never looked at: the key comes from the issuer's set or not at all.
    const { payload } = await jwtVerify<Claims>(token, (header, jws) => keys.find(header, jws), {
      algorithms: ALGORITHMS,
      issuer: rules.issuer,
      audience: rules.audience,
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

/**
 * What shows without a key. Such a token is rejected even while the issuer is unavailable, without a request for keys.
 *
 * An ID token must not pass for an access token (RFC 9068 §4): an access token says that it is one, in `typ`. Those of many
 * other issuers do not; of these an ID token has another audience, and the claims of one (OpenID Connect Core §2).
 */
function refuseAtSight(token: string, rules: TokenRules): void {
  const claims = decodeJwt(token);
  if (claims.iss !== rules.issuer) throw new errors.JWTInvalid('another issuer');
  const { typ = 'JWT' } = decodeProtectedHeader(token);
  // RFC 7515 §4.1.9: in any case, and `application/` may be left out. A stranger may have written anything there.
  const type = typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '');
  if (type === 'at+jwt') return;
  if (!rules.untyped || type !== 'jwt') throw new errors.JWTInvalid('the type of another token');
  if ('nonce' in claims || 'at_hash' in claims) throw new errors.JWTInvalid('an ID token');
}

/** What a failure to verify says of the token. */
export function asTokenError(error: unknown): unknown {
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
