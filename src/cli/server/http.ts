import { CommandError, UsageError } from '../terminal/exit.ts';
import { plain } from '../terminal/format.ts';
import { type Patience, Unavailable, withPatience } from './patience.ts';

/** Where an organization's tasks are, and who asks. */
export interface Endpoint {
  /** Of the server, without a trailing slash. */
  readonly url: string;
  /** Slug or id. */
  readonly organization: string;
  /** The bearer token to use now. */
  token(): Promise<string>;
}

/** The server answered that it will not do this. */
export class Refused extends CommandError {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string, exitCode: number) {
    super(message, { exitCode });
    this.status = status;
  }
}

export interface Request {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** How long a command waits for a server that does not answer at first: it may be about to start. */
const PATIENCE_MILLISECONDS = 10_000;

/** Address of an organization's tasks, or of what is below them. */
export function tasksUrl({ url, organization }: Endpoint, path = ''): string {
  return `${url}/v1/organizations/${encodeURIComponent(organization)}/bulk-tasks${path}`;
}

/**
 * Makes one attempt at a request and gives the answer when it is one of success (or 304), its body unread.
 *
 * @throws Unavailable; Refused; UsageError where the request is at fault
 */
export async function send(endpoint: Endpoint, path: string, request: Request = {}): Promise<Response> {
  const headers = { ...request.headers, authorization: `Bearer ${await endpoint.token()}` };
  const { method = 'GET', signal } = request;
  const response = await fetch(tasksUrl(endpoint, path), { method, headers, ...(signal && { signal }) }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw connectionError(endpoint.url, error);
    },
  );
  if (response.ok || response.status === 304) return response;
  const text = await response.text().catch(() => '');
  throw refusal(endpoint, response.status, response.headers.get('retry-after'), text);
}

/** Asks for an envelope and gives its `data`, waiting for a server that is away. */
export async function ask<T>(endpoint: Endpoint, path: string, request: Request & Partial<Patience> = {}): Promise<T> {
  const { milliseconds = PATIENCE_MILLISECONDS, onWait, signal } = request;
  return withPatience({ milliseconds, onWait, signal }, async () => {
    const response = await send(endpoint, path, request);
    return dataOf<T>(endpoint, await readText(endpoint, response));
  });
}

/** The body of an answer. @throws Unavailable when the connection breaks off on the way */
export function readText({ url }: Endpoint, response: Response): Promise<string> {
  return response.text().catch((error: unknown) => Promise.reject(connectionError(url, error)));
}

/** When the server wants to be asked again, ms; `undefined` when it does not say. */
export function retryAfter(headers: Headers): number | undefined {
  return milliseconds(headers.get('retry-after'));
}

/** The `data` of an envelope. */
export function dataOf<T>({ url }: Endpoint, text: string): T {
  const envelope = parse(text);
  if (isObject(envelope) && envelope.status === true && 'data' in envelope) return envelope.data as T;
  throw new CommandError(`What answers at ${url} is not OpenBulk. Check the address.`);
}

// Not ENOTFOUND: a name that does not exist is a typing error far more often than a hiccup.
const PASSING =
  /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_[A-Z_]+|HPE_[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE)$/;
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection broke off',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'no answer in time',
};

/** Words an error of the connection itself. */
export function connectionError(url: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const cause = deepest(error);
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const why = WORDS[code] ?? (cause instanceof Error && cause.message !== '' ? cause.message : code || 'no connection');
  const message = `The server at ${url} cannot be reached: ${why}.`;
  return PASSING.test(code) ? new Unavailable(message, { cause: error }) : new CommandError(message, { cause: error });
}

/** What fetch and Node wrap: the cause of the cause, the first of several addresses. */
function deepest(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return deepest(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return deepest(error.cause);
  return error;
}

/** Words an answer that is no success. */
export function refusal(
  endpoint: Endpoint,
  status: number,
  after: string | null | undefined,
  body: string,
): CommandError {
  const said = spoken(body);
  const { url, organization } = endpoint;
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    const message = `The server at ${url} is busy or away (${status}${said ? `: ${said}` : ''}).`;
    return new Unavailable(message, { retryAfter: milliseconds(after) });
  }
  if (status === 400 || status === 422)
    return new UsageError(said || `The server did not accept the request (${status}).`);
  if (status === 401)
    return new Refused(
      status,
      `The server does not accept the token (${said || status}). "openbulk token" makes a new one.`,
      1,
    );
  if (status === 403)
    return new Refused(
      status,
      `The token does not allow this${said ? ` (${said})` : ''}. "openbulk permissions" lists what one can.`,
      1,
    );
  if (status === 404)
    return new Refused(
      status,
      `Not found: no such task, no organization ${JSON.stringify(organization)}, or the token may not see it.`,
      2,
    );
  if (status === 413)
    return new Refused(status, `The file is larger than the server takes${said ? ` (${said})` : ''}.`, 1);
  return new Refused(status, said || `The server answered ${status}.`, 1);
}

/** The message of an error's envelope, with the problems that it lists. */
function spoken(body: string): string {
  const envelope = parse(body);
  if (!isObject(envelope)) return '';
  const error = isObject(envelope.error) ? envelope.error : envelope;
  const message = typeof error.message === 'string' ? error.message : '';
  const listed = Array.isArray(error.data) ? error.data : [];
  const problems = listed.filter(isObject).map((each) => `${each.field}: ${each.message ?? each.problem}`);
  return plain(
    [message.replace(/\.$/, problems.length > 0 ? ':' : '.'), problems.join('; ')].filter(Boolean).join(' '),
  ).trim();
}

function milliseconds(after: string | null | undefined): number | undefined {
  if (!after) return undefined;
  const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
