import { type Call, type Connection, call, SENT_ONCE } from './connection/connection.ts';
import { newIdempotencyKey } from './connection/idempotency-key.ts';
import { errorOf, unreadable } from './error.ts';
import { BODY_TYPES, TAKES_KEY } from './generated/operations.ts';
import type { AnswerOf, Method, OperationAt, PathsWith, RequestOf } from './typed.ts';

/** The requests of one of the server's documents. */
export type Dialect<Paths> = {
  /** @returns the answer's body. @throws OpenBulkError; the reason of the signal */
  readonly [M in Method]: <Path extends PathsWith<Paths, M>>(
    path: Path,
    ...request: ArgumentsOf<OperationAt<Paths, M, Path>>
  ) => Promise<AnswerOf<OperationAt<Paths, M, Path>>>;
} & {
  /** Instead of the body, the answer itself, unread: for its headers, or a body that is streamed. It may be 304, where that was asked for. */
  response<M extends Method, Path extends PathsWith<Paths, M>>(
    method: M,
    path: Path,
    ...request: ArgumentsOf<OperationAt<Paths, M, Path>>
  ): Promise<Response>;
};

type ArgumentsOf<Op> = object extends RequestOf<Op> ? [request?: RequestOf<Op>] : [request: RequestOf<Op>];

/** What every request may have, whatever its type says more closely. */
interface AnyRequest {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly idempotent?: boolean;
}

export function openDialect<Paths>(connection: Connection): Dialect<Paths> {
  const ask =
    (method: Method) =>
    (path: string, request: AnyRequest = {}) => {
      const made = toCall(connection, method, path, request);
      if (!made.headers.has('accept')) made.headers.set('accept', 'application/json, */*;q=0.5');
      return call(connection, made, readBody);
    };
  const dialect = {
    get: ask('get'),
    put: ask('put'),
    post: ask('post'),
    patch: ask('patch'),
    delete: ask('delete'),
    response: (method: Method, path: string, request: AnyRequest = {}) =>
      call(connection, toCall(connection, method, path, request), readNothing),
  };
  return dialect as unknown as Dialect<Paths>;
}

function toCall({ fetch }: Connection, method: Method, path: string, request: AnyRequest): Call {
  const name = `${method} ${path}`;
  const headers = new Headers(request.headers);
  if (TAKES_KEY.includes(name) && !headers.has('idempotency-key')) headers.set('idempotency-key', newIdempotencyKey());
  const body = toBody(request.body);
  const type = body === request.body ? BODY_TYPES[name] : 'application/json';
  if (body !== undefined && type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
  return {
    method: method.toUpperCase(),
    path: fill(path, request.path) + queryOf(request.query),
    headers,
    signal: request.signal,
    idempotent: request.idempotent ?? ((method !== 'post' && method !== 'patch') || headers.has('idempotency-key')),
    send: (url, init) => fetch(url, { ...init, ...(body !== undefined && { body, ...SENT_ONCE }) }),
  };
}

function toBody(body: unknown): string | Blob | FormData | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Blob || body instanceof FormData) return body;
  return JSON.stringify(body);
}

/** Puts parameters into a path of a document. */
export function fill(path: string, parameters: Readonly<Record<string, unknown>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters[name])));
}

function queryOf(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const texts = given.map(([name, value]): [string, string] => [name, String(value)]);
  return texts.length === 0 ? '' : `?${new URLSearchParams(texts)}`;
}

async function readNothing(response: Response): Promise<Response> {
  if (response.ok || response.status === 304) return response;
  throw await errorOf(response);
}

/** The body of an answer: parsed where it is JSON. @throws OpenBulkError */
export async function readBody(response: Response): Promise<unknown> {
  if (!response.ok) throw await errorOf(response);
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  if (/^text\/(csv|event-stream)|^application\/x-ndjson/.test(type)) return response.text();
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(response);
  }
}
