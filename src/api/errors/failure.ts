import { QueueFullError } from '../../auth/accounts/fair-queue.ts';
import { TokenError } from '../../auth/tokens/token-error.ts';
import { FileMissingError, StoreFullError } from '../../files/file-store.ts';
import {
  BusyError,
  ElsewhereError,
  isOutage,
  isTimeout,
  notFound,
  OutOfTimeError,
  PermissionError,
  type Problem,
  ServiceError,
  type ServiceErrorCode,
} from '../../service/platform/service-error.ts';
import { messages } from './messages.ts';

/** Why a request failed. Closed: every envelope has a message for all of them (`satisfies Record<FailureCode, …>`). */
export type FailureCode =
  | ServiceErrorCode
  | 'malformed'
  | 'wrong_parameters'
  | 'method_not_allowed'
  | 'unsupported_media_type'
  | 'unsupported_encoding'
  | 'not_acceptable'
  | 'too_large'
  | 'request_timeout'
  | 'headers_too_large'
  | 'no_token'
  | 'invalid_token'
  | 'cross_site'
  | 'too_many_requests'
  | 'issuer_unavailable'
  | 'store_full'
  | 'busy'
  | 'too_slow'
  | 'internal';

/** A failure, ready to be worded by an envelope. */
export interface Failure {
  readonly code: FailureCode;
  /** A sentence for a person that gives nothing away. */
  readonly message: string;
  readonly problems: readonly Problem[];
  /** Headers that any envelope sends with it. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Thrown where the API itself refuses a request. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: FailureCode;
  readonly problems: readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  /** @param message a sentence for a person */
  constructor(
    code: FailureCode,
    message: string,
    details: { readonly problems?: readonly Problem[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.code = code;
    this.problems = details.problems ?? [];
    this.headers = details.headers ?? {};
  }
}

/** A request with one invalid member. */
export function invalid(field: string, message: string): Refusal {
  return new Refusal('invalid', messages.invalid, { problems: [{ field, message }] });
}

/** A request with an unknown or repeated parameter (docs/api/common.md "Parameters"). */
export function wrongParameters(problems: readonly Problem[]): Refusal {
  return new Refusal('wrong_parameters', messages.invalid, { problems });
}

/** RFC 6750 §3: the challenge of a 401 or 403. */
export function challenge(parameters: Readonly<Record<string, string>> = {}): { 'www-authenticate': string } {
  const all = Object.entries({ realm: 'openbulk', ...parameters });
  return { 'www-authenticate': `Bearer ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}` };
}

const RETRY_SECONDS = '5';

/** Maximum number of reported problems of a request. */
const MAX_PROBLEMS = 100;
/** Temporary failures, and when to try again. */
const retryHeaders: Readonly<Partial<Record<ServiceErrorCode, Readonly<Record<string, string>>>>> = {
  unavailable: { 'retry-after': RETRY_SECONDS },
  too_many_tasks: { 'retry-after': '60' },
};

/** The failure for any thrown error. Unknown errors are internal, and no detail of them is returned. */
export function toFailure(error: unknown): Failure {
  const { code, message, problems, headers } = failureOf(error);
  return { code, message, problems: problems.slice(0, MAX_PROBLEMS), headers };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return error;
  if (error instanceof PermissionError) return fromPermissionError(error);
  if (error instanceof ServiceError) {
    const headers = retryHeaders[error.code] ?? {};
    return { code: error.code, message: error.message, problems: error.problems, headers };
  }
  if (error instanceof TokenError) return fromTokenError(error);
  if (isFastifyError(error)) return fromFastify(error);
  if (error instanceof StoreFullError) return full();
  // It was deleted, with its task, since the request began.
  if (error instanceof FileMissingError) return failureOf(notFound());
  if (error instanceof ElsewhereError) return { ...unavailable(), message: error.message };
  if (error instanceof BusyError) return busy();
  if (isTimeout(error) || (error instanceof OutOfTimeError && error.alive)) return tooSlow();
  if (isOutage(error) || error instanceof QueueFullError) return unavailable();
  return { code: 'internal', message: messages.internal, problems: [], headers: {} };
}

function unavailable(): Failure {
  const message = messages.unavailable;
  return { code: 'unavailable', message, problems: [], headers: { 'retry-after': RETRY_SECONDS } };
}

function busy(): Failure {
  const message = messages.busy;
  return { code: 'busy', message, problems: [], headers: { 'retry-after': RETRY_SECONDS } };
}

function tooSlow(): Failure {
  const message = messages.too_slow;
  return { code: 'too_slow', message, problems: [], headers: { 'retry-after': RETRY_SECONDS } };
}

function full(): Failure {
  const message = messages.store_full;
  return { code: 'store_full', message, problems: [], headers: { 'retry-after': '60' } };
}

function fromTokenError(error: TokenError): Failure {
  if (error.kind === 'unavailable') return { ...unavailable(), code: 'issuer_unavailable' };
  const headers = challenge({ error: 'invalid_token', error_description: error.message });
  return { code: 'invalid_token', message: error.message, problems: [], headers };
}

/** RFC 6750 §3.1: `scope` names what it takes, words separated by spaces. */
function fromPermissionError({ code, message, missing }: PermissionError): Failure {
  const headers = challenge({ error: 'insufficient_scope', scope: missing.join(' ') });
  return { code, message, problems: [], headers };
}

interface FastifyFault extends Error {
  readonly code: string;
  readonly statusCode: number;
}

function isFastifyError(error: unknown): error is FastifyFault {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('FST_ERR_') &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500
  );
}

/** Fastify's messages quote the request; ours only name the problem. */
function fromFastify({ code, statusCode }: FastifyFault): Failure {
  const refuse = (as: FailureCode, field: string, message: string): Failure => ({
    code: as,
    message,
    problems: [{ field, message }],
    headers: {},
  });
  if (code === 'FST_ERR_BAD_URL') return refuse('malformed', 'url', messages.url_encoding);
  if (code === 'FST_ERR_MAX_PARAM_LENGTH' || statusCode === 404) {
    return { code: 'not_found', message: messages.not_found, problems: [], headers: {} };
  }
  if (statusCode === 413) return refuse('too_large', 'body', messages.body_too_large);
  if (statusCode === 415) {
    return refuse('unsupported_media_type', 'Content-Type', messages.content_type);
  }
  return refuse('malformed', 'body', messages.body_unreadable);
}
