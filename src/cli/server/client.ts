import {
  OpenBulk,
  type OpenBulkError,
  type OpenBulkOptions,
  type Retry,
  type TaskRef,
} from '../../../packages/client/src/index.ts';
import { CommandError, UsageError } from '../terminal/exit.ts';
import { duration, plain } from '../terminal/format.ts';
import { note } from '../terminal/output.ts';

/** The server and organization of tasks, and the token. */
export interface Endpoint {
  /** Of the server, without a trailing slash. */
  readonly url: string;
  /** Slug or id. */
  readonly organization: string;
  /** The bearer token to use now. */
  token(): Promise<string>;
}

/** A path of the client for one task. */
export const TASK = '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}';

/** What `TASK` is filled with. */
export function pathOf({ organization, id }: TaskRef) {
  return { organizationId: organization, bulkTaskId: id };
}

/** How long a command waits for a server that does not respond at first, ms: it may be starting. */
const PATIENCE = 10_000;

/** @param say called with why and how long it waits; prints a note by default */
export function openClient(
  endpoint: Endpoint,
  {
    patience = PATIENCE,
    say = note,
  }: Pick<OpenBulkOptions, 'patience'> & { readonly say?: (text: string) => void } = {},
): OpenBulk {
  const onRetry = ({ error, failures, wait }: Retry) => {
    // Do not report a short interruption.
    if (failures === 1 && wait <= 1_000) return;
    say(`${inWords(endpoint, error).message} Trying again in ${duration(Math.max(1, wait / 1000))}.`);
  };
  const { url } = endpoint;
  return new OpenBulk({ url, token: () => endpoint.token(), retries: Number.POSITIVE_INFINITY, patience, onRetry });
}

/** The `data` of an answer's envelope. */
export async function dataOf<T>({ url }: Endpoint, answer: Promise<{ readonly data: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new CommandError(notOpenBulk(url));
  return data;
}

/** Turns an error of the client into a message with what to do. */
export function inWords({ url, organization }: Endpoint, error: OpenBulkError): CommandError {
  const { status, code, cause } = error;
  const said = saidIn(error);
  const inBrackets = said && ` (${said})`;
  const failing = (message: string, exitCode = 1) => new CommandError(message, { exitCode, cause: error });
  if (code === 'unreachable') return failing(`Could not connect to the server at ${url}: ${whyUnreachable(cause)}.`);
  if (code === 'unreadable') return failing(notOpenBulk(url));
  switch (status) {
    case 400:
    case 422:
      return new UsageError(said || `The server did not accept the request (${status}).`, { cause: error });
    case 401:
      return failing(`The server does not accept the token (${said || status}). "openbulk token" creates a new one.`);
    case 403:
      return failing(
        `The token does not have the permission for this${inBrackets}. "openbulk permissions" lists all permissions.`,
      );
    case 404: {
      const name = JSON.stringify(organization);
      return failing(
        `Not found: the task or the organization ${name} does not exist, or the token has no access to it.`,
        2,
      );
    }
    case 413:
      return failing(`The file is larger than the server allows${inBrackets}.`);
    case 429:
    case 502:
    case 503:
    case 504:
      return failing(`The server at ${url} is busy or unavailable (${status}${said && `: ${said}`}).`);
    default:
      return failing(said || `The server responded with status ${status}.`);
  }
}

function notOpenBulk(url: string): string {
  return `The server at ${url} is not OpenBulk. Check the address.`;
}

/** The message of an error's envelope, with the problems that it lists. */
function saidIn({ detail = '', problems }: OpenBulkError): string {
  const listed = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return plain([detail.replace(/\.$/, listed ? ':' : '.'), listed].filter(Boolean).join(' ')).trim();
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
  ENOTFOUND: 'the host does not exist',
  ETIMEDOUT: 'no response in time',
};

function whyUnreachable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return WORDS[code] ?? ((cause instanceof Error && cause.message) || code || 'no connection');
}
