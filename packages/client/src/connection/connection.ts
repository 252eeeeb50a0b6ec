import { unreachable } from '../error.ts';
import { isPassing, openWaiting, type Patience, type Retry } from './backoff.ts';

export interface OpenBulkOptions {
  /** Of the server, such as `https://bulk.example`; empty in a page that comes from it. */
  readonly url: string;
  /** A bearer token, or a function that returns the current one; not needed if a cookie of the page authenticates. */
  readonly token?: string | (() => string | Promise<string>);
  /** Instead of the global one. Browsers then upload with it too, without progress of what has really left. */
  readonly fetch?: typeof fetch;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often a request that is safe to repeat is made again before its error is thrown; 4 unless given. */
  readonly retries?: number;
  /** Milliseconds that it waits in all before it makes a request again; 120,000 unless given. A wait that is asked for and longer is not begun. */
  readonly patience?: number;
  /** Told before every wait. */
  readonly onRetry?: (retry: Retry) => void;
  /** Ends whatever the client is doing. */
  readonly signal?: AbortSignal;
}

/** How the server is reached. */
export interface Connection extends Omit<OpenBulkOptions, keyof Patience>, Patience {
  readonly fetch: typeof fetch;
  /** Whether `fetch` was given. */
  readonly ownFetch: boolean;
}

/** @throws TypeError if the URL is not valid */
export function connect(options: OpenBulkOptions): Connection {
  const url = options.url.replace(/\/+$/, '');
  if (url !== '') new URL(url);
  // Looked up when it is used, for who replaces the global one.
  const global: typeof fetch = (input, init) => fetch(input, init);
  const { retries = 4, patience = 120_000 } = options;
  return { ...options, url, retries, patience, fetch: options.fetch ?? global, ownFetch: !!options.fetch };
}

/** A request, and when it may be made again. */
export interface Call {
  /** In capitals. */
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly signal?: AbortSignal | undefined;
  /** Whether twice does what once does. */
  readonly idempotent: boolean;
  /** Whether what it sends can be sent again; yes unless given. */
  readonly replayable?: () => boolean;
  /** Instead of those of the connection. */
  readonly retries?: number;
  /** Makes the request. @throws TypeError when there is no answer, as `fetch` does */
  send(url: string, init: CallInit): Promise<Response>;
}

export interface CallInit {
  readonly method: string;
  readonly headers: Headers;
  readonly signal?: AbortSignal;
}

/**
 * Of requests with a body. Where a redirect might ask for the body a second time, Node keeps all of it: an upload of 1 GB then takes 1.1 GB.
 * `window` makes no difference in browsers.
 */
export const SENT_ONCE = { redirect: 'error', window: null } as const satisfies RequestInit;

/**
 * Makes a request and reads its response; retries while the server is unavailable, the request can be repeated and retries are left.
 *
 * @param read throws what makes an answer an error
 * @throws OpenBulkError; the reason of a signal; what the token's function throws
 */
export async function call<T>(
  connection: Connection,
  request: Call,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const signal = anyOf(connection.signal, request.signal);
  const { idempotent, replayable = () => true, retries = connection.retries } = request;
  const waitAfter = openWaiting({ ...connection, retries }, signal);
  for (;;) {
    try {
      return await attempt(connection, request, read, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error) || !replayable()) throw error;
      // Of a request that is one too many nothing was done.
      if (!idempotent && error.status !== 429) throw error;
      await waitAfter(error);
    }
  }
}

async function attempt<T>(
  { url, token, headers: always = {} }: Connection,
  { method, path, headers, send }: Call,
  read: (response: Response) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const all = new Headers({ ...always, ...Object.fromEntries(headers) });
  const bearer = typeof token === 'function' ? await token() : token;
  if (bearer !== undefined) all.set('authorization', `Bearer ${bearer}`);
  signal?.throwIfAborted();
  try {
    return await read(await send(url + path, { method, headers: all, ...(signal && { signal }) }));
  } catch (error) {
    throw error instanceof TypeError ? unreachable(error) : error;
  }
}

/** A signal that is aborted as soon as one of them is. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}
