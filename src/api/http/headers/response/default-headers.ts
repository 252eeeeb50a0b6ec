/** One year, the minimum for browsers' preload lists. Without subdomains, which can belong to others. */
const TRANSPORT_SECURITY = 'max-age=31536000';

/**
 * The headers of every response. Responses other than pages run nothing and cannot be framed, whatever a browser detects them as;
 * pages have their own policy (page-headers.ts). If the server is reached by https, browsers are told to use nothing
 * else.
 *
 * @param publicUrl its URL for clients, if configured
 */
export function defaultHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(publicUrl?.startsWith('https:') && { 'strict-transport-security': TRANSPORT_SECURITY }),
  };
}
