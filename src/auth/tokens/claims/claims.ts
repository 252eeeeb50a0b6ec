import type { JWTPayload } from 'jose';
import { parseId, toHex24 } from '../../../task/ids.ts';
import { type Principal, principalId } from '../../principal.ts';
import { type ClaimNames, OWN_CLAIMS, wordsOf } from './claim-names.ts';

/**
 * What our tokens say beside RFC 9068's own claims: the organization, as 24 hex digits, and the name under which people will
 * see what was done with the token.
 */
export function ownClaims(organizationId: string, name: string): { organization: string; name: string } {
  return { organization: toHex24(organizationId), name };
}

/** What our tokens say of a person. */
export interface PersonClaims {
  readonly name: string;
  readonly email?: string;
}

/**
 * The principal that verified claims speak of. The organizations are given by their ids, in either spelling; what is no
 * id names none here. A client that acts for itself is its own subject (RFC 9068 §2.2).
 */
export function principalOf(
  claims: JWTPayload & { sub: string },
  issuer: string,
  names: ClaimNames = OWN_CLAIMS,
): Principal {
  const clientId = text(claims.client_id);
  const firstName = text(claims.given_name);
  const lastName = text(claims.family_name);
  const joined = [firstName, lastName].filter((name) => name !== undefined).join(' ');
  const person = {
    email: text(claims.email),
    firstName,
    lastName,
    fullName: text(claims.name) ?? (joined === '' ? undefined : joined),
    picture: text(claims.picture),
    clientId,
  };
  return {
    id: principalId(issuer, claims.sub),
    kind: claims.sub === clientId ? 'client' : 'user',
    organizations: new Set(wordsOf(claims, names.organizations).flatMap((word) => parseId(word) ?? [])),
    permissions: new Set(wordsOf(claims, names.permissions)),
    ...given(person),
  };
}

/** A claim that says something. */
export function text(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}

/** `members` without those that have no value (an optional member is absent, never `undefined`). */
function given<T extends Record<string, string | undefined>>(members: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}
