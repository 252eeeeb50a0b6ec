/** What an Authorization header holds: a token, nothing for us, or something that claims to be one and is not. */
export type BearerToken = { readonly token: string } | 'missing' | 'malformed';

const SCHEME = /^bearer(?:[\s,]|$)/i;
/** `1*SP` and exactly one token68 (RFC 6750 §2.1, RFC 9110 §11.2); the scheme in any case (RFC 9110 §11.1). */
const CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Takes the bearer token out of an Authorization header. Another scheme counts as `missing`: RFC 6750 §3.1 answers both
 * with a challenge that names no error.
 */
export function bearerToken(header: string | undefined): BearerToken {
  const value = header?.trim() ?? '';
  if (!SCHEME.test(value)) return 'missing';
  const token = CREDENTIALS.exec(value)?.[1];
  return token === undefined ? 'malformed' : { token };
}
