import type { Pool } from '../../../store/connection/pool.ts';
import { findOrganizationsBySlug } from '../../organization-slugs.ts';
import { type ClaimNames, OWN_CLAIMS } from '../claims/claim-names.ts';
import { createVerifier, type Verifier } from '../verify-token.ts';
import { ExternalIssuer, type IntrospectionCredentials } from './external-issuer.ts';

export interface ExternalVerifierOptions {
  /** Where the organizations are that tokens name by their slugs. */
  readonly pool: Pool;
  /** URL, as its tokens name it. */
  readonly issuer: string;
  readonly audience: string;
  /** What is not given is named as in our own tokens. */
  readonly claims?: Partial<ClaimNames>;
  /** Not given: tokens that are no JWT are refused. */
  readonly introspection?: IntrospectionCredentials;
  readonly now?: () => number;
}

/** Verifies the tokens of an external issuer. It is first contacted for the first token: the server also starts while it is unavailable. */
export function externalVerifier(options: ExternalVerifierOptions): Verifier {
  const { pool, issuer, audience, claims, introspection, now = Date.now } = options;
  const external = new ExternalIssuer(issuer, now);
  return createVerifier({
    issuer,
    audience,
    untyped: true,
    keys: external,
    now,
    findOrganizations: (words) => findOrganizationsBySlug(pool, words),
    claims: { ...OWN_CLAIMS, ...claims },
    ...(introspection && { introspect: (token: string) => external.introspect(token, introspection) }),
  });
}
