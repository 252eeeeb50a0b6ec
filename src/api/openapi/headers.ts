import type { Dialect } from '../dialect.ts';
import type { DeclaredRoute } from './declared-route.ts';
import type { HeaderName } from './header-components.ts';

const text = { type: 'string' };

/** Those of every answer, errors included: default-headers.ts, and what depends on the request. */
const STANDING: readonly HeaderName[] = [
  'Cache-Control',
  'Vary',
  'X-Content-Type-Options',
  'Content-Security-Policy',
  'Referrer-Policy',
  'Strict-Transport-Security',
];

/** What a response is, as far as it decides which headers it has. */
interface Answer {
  readonly route: DeclaredRoute;
  readonly dialect: Dialect;
  readonly status: string;
  readonly hasBody: boolean;
  /** Descriptions of the headers that only this response has, by name. */
  readonly own: Readonly<Record<string, string>>;
}

/** The headers of a response: docs/api/common.md "Errors", "Polling", "Rate limits"; the dialect's, and its own. */
export function headersOf({ route, dialect, status, hasBody, own }: Answer): object {
  const ofTask = route.use === 'steer' || route.use === 'read-lines';
  const polled = '304' in route.responses && (status === '200' || status === '304');
  const names: (HeaderName | false)[] = [
    'X-Request-Id',
    // Who asks is not known, so that nothing is counted.
    status !== '401' && 'RateLimit',
    status !== '401' && 'RateLimit-Policy',
    (polled || ['201', '202', '429', '503', '504'].includes(status) || (status === '200' && ofTask)) && 'Retry-After',
    (status === '401' || status === '403') && 'WWW-Authenticate',
    (status === '201' || status === '202') && 'Location',
    polled && 'ETag',
    hasBody && 'Content-Encoding',
    ...STANDING,
    ...(dialect.headers ?? []),
  ];
  const common = names.filter((name) => name !== false);
  return {
    ...Object.fromEntries(common.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...Object.fromEntries(Object.entries(own).map(([name, description]) => [name, { description, schema: text }])),
  };
}
