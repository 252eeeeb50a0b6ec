const text = { type: 'string' };
const seconds = { type: 'integer', minimum: 0 };

/** The response headers that mean the same everywhere, as components of every document. */
export const headerComponents = {
  'X-Request-Id': { description: "The request's id in the server log.", required: true, schema: text },
  RateLimit: {
    description:
      'Remaining requests, and seconds until the limit is full again (draft-ietf-httpapi-ratelimit-headers).',
    schema: text,
  },
  'RateLimit-Policy': { description: 'The rate limit: requests in a window of seconds.', schema: text },
  'Retry-After': { description: 'Seconds to wait before the next request.', schema: seconds },
  'WWW-Authenticate': { description: 'What is wrong with the token (RFC 6750 §3).', required: true, schema: text },
  Location: { description: 'Where what was made is.', schema: text },
  ETag: { description: 'Identifies this state, for If-None-Match.', required: true, schema: text },
  'Cache-Control': { description: 'Whether caches can store the response (RFC 9111 §5.2).', schema: text },
  Vary: { description: 'The request headers that the response depends on.', schema: text },
  'Content-Encoding': { description: 'The compression of the response, if any.', schema: text },
  'Content-Language': { description: 'The language of the messages.', required: true, schema: text },
  'X-Content-Type-Options': { description: 'Prevents content type sniffing.', required: true, schema: text },
  'Content-Security-Policy': { description: 'Prevents scripts and framing.', required: true, schema: text },
  'Referrer-Policy': { description: 'What links send as the referrer.', required: true, schema: text },
  'Strict-Transport-Security': {
    description: 'Requires https, if the server is reached by https.',
    schema: text,
  },
} as const;

/** A header that means the same everywhere. */
export type HeaderName = keyof typeof headerComponents;
