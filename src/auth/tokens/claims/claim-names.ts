/** Names of the claims that say what a token may do; of several, all count. */
export interface ClaimNames {
  readonly organizations: readonly string[];
  readonly permissions: readonly string[];
}

/** Those of the embedded issuer (RFC 9068 §2.2.3 for `scope`). */
export const OWN_CLAIMS: ClaimNames = { organizations: ['organization', 'organizations'], permissions: ['scope'] };

/** The words of the named claims: each a string of them, separated by spaces, or an array of strings. */
export function wordsOf(claims: object, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const claim = claimOf(claims, name);
    if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
    return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
  });
}

/**
 * The claim of exactly that name, such as `https://example.com/permissions`; else what a dotted path
 * (`realm_access.roles`) or a JSON Pointer (`/resource_access/my.client/roles`, RFC 6901) leads to.
 */
function claimOf(claims: object, name: string): unknown {
  if (Object.hasOwn(claims, name)) return Reflect.get(claims, name);
  const steps = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : name.split('.');
  let value: unknown = claims;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
