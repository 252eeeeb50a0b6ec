const text = { type: 'string' };
const seconds = { type: 'integer', minimum: 0 };

/** The response headers that mean the same everywhere, as components of every document. */
export const headerComponents = {
  'X-Request-Id': { description: 'The id under which the request is logged.', required: true, schema: text },
  RateLimit: {
    description:
      'What is left of the rate limit, and the seconds until all of it is (draft-ietf-httpapi-ratelimit-headers).',
    schema: text,
  },
  'RateLimit-Policy': { description: 'The rate limit: requests in a window of seconds.', schema: text },
  'Retry-After': { description: 'Seconds after which to ask again.', schema: seconds },
  'WWW-Authenticate': { description: 'What is wrong with the token (RFC 6750 §3).', required: true, schema: text },
  Location: { description: 'Where what was made is.', schema: text },
  ETag: { description: 'Names this state, for If-None-Match.', required: true, schema: text },
  'Cache-Control': { description: 'Whether it may be kept, and asked for again (RFC 9111 §5.2).', schema: text },
  Vary: { description: 'The request headers that it depends on.', schema: text },
  'Content-Encoding': { description: 'How it is compressed, where it is.', schema: text },
  'Content-Language': { description: 'The language of the messages.', required: true, schema: text },
  'X-Content-Type-Options': { description: 'It is of the type that it is said to be.', required: true, schema: text },
  'Content-Security-Policy': { description: 'It runs nothing, and nobody frames it.', required: true, schema: text },
  'Referrer-Policy': { description: 'What a link in it tells where it leads.', required: true, schema: text },
  'Strict-Transport-Security': {
    description: 'By https alone, where that is how the server is reached.',
    schema: text,
  },
} as const;

/** A header that means the same everywhere. */
export type HeaderName = keyof typeof headerComponents;
