/** What an error means, the same for all dialects. `unreachable`: there was no answer. `unreadable`: what answered is not OpenBulk. */
export type ErrorCode =
  | 'not_modified'
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'too_large'
  | 'too_many_requests'
  | 'internal'
  | 'insufficient_storage'
  | 'unavailable'
  | 'unreachable'
  | 'unreadable';

const CODES: Readonly<Record<number, ErrorCode>> = {
  304: 'not_modified',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'too_large',
  429: 'too_many_requests',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  507: 'insufficient_storage',
};

/** What is wrong with a member of the request. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

interface Details {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly requestId?: string | undefined;
  readonly body?: unknown;
  readonly problems?: readonly Problem[];
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** Why a request was not answered as it should have been, whatever dialect it was made in. */
export class OpenBulkError extends Error {
  override readonly name = 'OpenBulkError';
  /** Of the answer; 0 when there was none. */
  readonly status: number;
  readonly code: ErrorCode;
  /** The sentence of the answer, where it has one; that is then the `message`. */
  readonly detail: string | undefined;
  /** The id under which the server has logged the request. */
  readonly requestId: string | undefined;
  /** What the dialect said, as it said it: parsed where it is JSON, else its text. */
  readonly body: unknown;
  /** Empty when no member is at fault by itself, and in activityid, which has them in the message. */
  readonly problems: readonly Problem[];
  /** Seconds after which the server wants to be asked again, where it said so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { status, code, detail, requestId, body, problems = [], retryAfter, cause }: Details) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.requestId = requestId;
    this.body = body;
    this.problems = problems;
    this.retryAfter = retryAfter;
  }
}

/** The error that an answer is, read to its end. */
export async function errorOf(response: Response): Promise<OpenBulkError> {
  const { status, headers } = response;
  const text = await response.text().catch(() => '');
  const body = parse(text);
  const problems = problemsOf(body);
  const detail = messageOf(body);
  const listed = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new OpenBulkError(detail ?? (listed || `The server responded with status ${status}.`), {
    status,
    detail,
    code: CODES[status] ?? (status >= 500 ? 'internal' : 'bad_request'),
    requestId: headers.get('x-request-id') ?? undefined,
    body: body ?? text,
    problems,
    retryAfter: retryAfterOf(headers),
  });
}

/** An error of the connection. Its `cause` is what lies at the bottom: in Node, the error with the system's `code`. */
export function unreachable(error: unknown): OpenBulkError {
  return new OpenBulkError('Could not connect to the server, or the connection was lost.', {
    status: 0,
    code: 'unreachable',
    cause: deepest(error),
  });
}

/** What fetch and Node wrap: the cause of the cause, the first of several addresses. */
function deepest(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return deepest(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return deepest(error.cause);
  return error;
}

/** An answer of success that is not one of OpenBulk. */
export function unreadable({ status, headers }: Response): OpenBulkError {
  const requestId = headers.get('x-request-id') ?? undefined;
  return new OpenBulkError('The server at this address is not OpenBulk.', { status, code: 'unreadable', requestId });
}

/** Seconds of `Retry-After` (RFC 9110 §10.2.3: a number of them, or a date). */
export function retryAfterOf(headers: Headers): number | undefined {
  const said = headers.get('retry-after');
  if (said === null) return undefined;
  const seconds = /^\d+$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/**
 * The sentence of an envelope: organizations `error.message`, activityid `result.message`, actions `detail`, task-v2 `message`; of a token
 * endpoint `error_description`.
 */
function messageOf(body: unknown): string | undefined {
  const { error, result, detail, message, error_description } = asObject(body);
  const said = [asObject(error).message, asObject(result).message, detail, message, error_description];
  return said.find((each) => typeof each === 'string');
}

/** organizations `error.data`: field and problem; actions `details`: texts by field; task-v2 the body itself: field and message. */
function problemsOf(body: unknown): Problem[] {
  const { error, details } = asObject(body);
  const { data } = asObject(error);
  if (Array.isArray(data)) return data.map(asObject).map(({ field, problem }) => problemOf(field, problem));
  if (Array.isArray(body)) return body.map(asObject).map(({ field, message }) => problemOf(field, message));
  return Object.entries(asObject(details)).map(([field, message]) => problemOf(field, message));
}

function problemOf(field: unknown, message: unknown): Problem {
  return { field: String(field), message: String(message) };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
