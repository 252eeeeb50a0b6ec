/** A year, which browsers and their lists take for meant. Not the subdomains: they may be others'. */
const TRANSPORT_SECURITY = 'max-age=31536000';

/**
 * The headers of every answer. What is no page of this server's runs nothing and is framed by nobody, whatever a browser takes it for;
 * pages say for themselves what they may (page-headers.ts). Where the server is reached by https, browsers are told to come by nothing
 * else.
 *
 * @param publicUrl where clients reach it, as far as somebody has said it
 */
export function defaultHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(publicUrl?.startsWith('https:') && { 'strict-transport-security': TRANSPORT_SECURITY }),
  };
}
