import type { DeclaredRoute } from './declared-route.ts';

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
} as const;

type Name = keyof typeof headerComponents;

/** The headers of a response: what the contract's rules for all dialects say ("Writes", "Polling", "Authentication"), and its own. */
export function headersOf(status: string, route: DeclaredRoute, own: Readonly<Record<string, string>>): object {
  const polled = '304' in route.responses && (status === '200' || status === '304');
  const names: (Name | false)[] = [
    'X-Request-Id',
    // Who asks is not known, so that nothing is counted.
    status !== '401' && 'RateLimit',
    status !== '401' && 'RateLimit-Policy',
    (polled || ['202', '429', '503', '504'].includes(status)) && 'Retry-After',
    (status === '401' || status === '403') && 'WWW-Authenticate',
    (status === '201' || status === '202') && 'Location',
    polled && 'ETag',
  ];
  const common = names.filter((name) => name !== false);
  return {
    ...Object.fromEntries(common.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...Object.fromEntries(Object.entries(own).map(([name, description]) => [name, { description, schema: text }])),
  };
}
