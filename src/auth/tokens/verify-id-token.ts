import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { KeyRing } from '../keys/key-ring.ts';
import { CLOCK_TOLERANCE } from './token-rules.ts';
import { ALGORITHMS, asTokenError } from './verify-jwt.ts';

/** What an ID token must be (OpenID Connect Core §3.1.3.7). */
export interface IdTokenRules {
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
}

/** Verifies an ID token. @throws TokenError */
export async function verifyIdToken(
  token: string,
  keys: KeyRing,
  { issuer, clientId, nonce }: IdTokenRules,
): Promise<JWTPayload & { readonly sub: string }> {
  try {
    const { payload } = await jwtVerify<{ sub: string }>(token, (header, jws) => keys.find(header, jws), {
      algorithms: ALGORITHMS,
      issuer,
      audience: clientId,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
      clockTolerance: CLOCK_TOLERANCE,
    });
    const others = [payload.aud].flat().length > 1 || payload.azp !== undefined;
    if (payload.nonce !== nonce || (others && payload.azp !== clientId))
      throw new errors.JWTInvalid('for another sign-in');
    return payload;
  } catch (error) {
    throw asTokenError(error);
  }
}
