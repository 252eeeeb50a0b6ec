import type { JWTPayload } from 'jose';
import { IssuerError, type JsonObject } from '../../issuer/issuer-request.ts';
import { TokenError } from '../token-error.ts';
import { CLOCK_TOLERANCE, type TokenRules } from '../token-rules.ts';

/** What an introspected token says; `exp` is in seconds since 1970, where the issuer gives it. */
export type IntrospectedClaims = JWTPayload & { readonly sub: string; readonly exp?: number };

/**
 * The claims of an introspection's answer (RFC 7662 §2.2), judged as those of a JWT are. All but `active` may be absent;
 * without a subject, it is the client that acts for itself.
 *
 * @param now ms since 1970
 * @throws TokenError `invalid`
 * @throws IssuerError for an invalid response
 */
export function introspectedClaims(answer: JsonObject, rules: TokenRules, now: number): IntrospectedClaims {
  if (typeof answer.active !== 'boolean') throw new IssuerError('an introspection response has no "active"');
  if (!answer.active) throw new TokenError('invalid', 'The access token is not active');
  const { iss, aud, exp, nbf } = answer;
  const sub = answer.sub ?? answer.client_id;
  const seconds = Math.floor(now / 1000);
  if (exp !== undefined && !(isDate(exp) && exp > seconds - CLOCK_TOLERANCE)) {
    throw new TokenError('invalid', 'The access token expired');
  }
  const begun = nbf === undefined || (isDate(nbf) && nbf <= seconds + CLOCK_TOLERANCE);
  const ours =
    (iss === undefined || iss === rules.issuer) && (aud === undefined || [aud].flat().includes(rules.audience));
  if (!begun || !ours || typeof sub !== 'string') throw new TokenError('invalid', 'The access token is invalid');
  return { ...answer, sub };
}

function isDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
