import type { FastifyRequest } from 'fastify';

/** Characters of a path or of a name. */
const MAX_PATH = 512;
const MAX_NAME = 40;
/** Names of parameters; anything else can be a bare value. */
const NAME = /^[\w.[\]-]+$/;
/** Errors in errors. */
const MAX_DEPTH = 5;

/**
 * The target of a request for a log: its path and the names of its parameters. Their values are a secret now (`client_secret`, a one-time
 * link, a code) or data (`q`, `criteria`).
 */
export function loggedTarget(url: string): string {
  const [target = '', query = ''] = url.split('#', 1)[0]?.split(/\?(.*)/s, 2) ?? [];
  const path = target.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, '$1***@').slice(0, MAX_PATH);
  const names = query
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split('=', 1)[0] ?? '')
    .map((name) => (name.length <= MAX_NAME && NAME.test(name) ? name : '…'));
  return names.length > 0 ? `${path}?${[...new Set(names)].join('&')}` : path;
}

/** What the program writes of requests and errors into its log: nothing that a client has sent but where to. */
export const logSerializers = {
  req: ({ method, url, ip, socket }: FastifyRequest) => ({
    method,
    url: loggedTarget(url),
    remoteAddress: ip,
    remotePort: socket?.remotePort,
  }),
  err: (error: unknown) => errorOf(error, 0),
};

/** Members that tell what is wrong; PostgreSQL's `detail` and `where` quote records, an invalid URL's `input` a password. */
const TOLD = [
  'code',
  'statusCode',
  'status',
  'kind',
  'severity',
  'schema',
  'table',
  'constraint',
  'routine',
  'syscall',
];

function errorOf(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : { type: typeof error };
  const told = TOLD.flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [];
  });
  const inner = depth < MAX_DEPTH;
  return {
    type: error.name,
    message: error.message,
    ...Object.fromEntries(told),
    stack: error.stack,
    ...(inner && error.cause !== undefined && { cause: errorOf(error.cause, depth + 1) }),
    ...(inner && error instanceof AggregateError && { errors: error.errors.map((each) => errorOf(each, depth + 1)) }),
  };
}
