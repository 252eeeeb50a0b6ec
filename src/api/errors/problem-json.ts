import type { Envelope } from './envelope.ts';
import type { Failure, FailureCode } from './failure.ts';

export interface Wording {
  readonly status: number;
  readonly title: string;
}

/** The statuses of RFC 9110 that say what a failure is. */
export const wordings = {
  not_found: { status: 404, title: 'Not Found' },
  conflict: { status: 409, title: 'Conflict' },
  key_reused: { status: 409, title: 'Conflict' },
  outgrown: { status: 412, title: 'Precondition Failed' },
  related_entities: { status: 409, title: 'Conflict' },
  invalid: { status: 400, title: 'Bad Request' },
  malformed: { status: 400, title: 'Bad Request' },
  wrong_parameters: { status: 400, title: 'Bad Request' },
  method_not_allowed: { status: 405, title: 'Method Not Allowed' },
  unsupported_encoding: { status: 415, title: 'Unsupported Media Type' },
  unsupported_media_type: { status: 415, title: 'Unsupported Media Type' },
  not_acceptable: { status: 406, title: 'Not Acceptable' },
  too_large: { status: 413, title: 'Content Too Large' },
  request_timeout: { status: 408, title: 'Request Timeout' },
  headers_too_large: { status: 431, title: 'Request Header Fields Too Large' },
  no_token: { status: 401, title: 'Unauthorized' },
  invalid_token: { status: 401, title: 'Unauthorized' },
  insufficient_scope: { status: 403, title: 'Forbidden' },
  cross_site: { status: 403, title: 'Forbidden' },
  too_many_requests: { status: 429, title: 'Too Many Requests' },
  too_many_tasks: { status: 429, title: 'Too Many Requests' },
  quota_exceeded: { status: 507, title: 'Insufficient Storage' },
  store_full: { status: 507, title: 'Insufficient Storage' },
  issuer_unavailable: { status: 503, title: 'Service Unavailable' },
  unavailable: { status: 503, title: 'Service Unavailable' },
  busy: { status: 503, title: 'Service Unavailable' },
  too_slow: { status: 503, title: 'Service Unavailable' },
  internal: { status: 500, title: 'Internal Server Error' },
} as const satisfies Record<FailureCode, Wording>;

/** RFC 9457, for what lies outside every dialect. The types are `about:blank`: the status says it all (§4.2.1). */
export const problemJson: Envelope = {
  word(failure, { path }) {
    return wordProblem(wordings[failure.code], failure, path);
  },
};

/** A problem of RFC 9457. @param path of the request that failed */
export function wordProblem({ status, title }: Wording, { message }: Failure, path: string) {
  return {
    status,
    contentType: 'application/problem+json',
    body: { type: 'about:blank', title, status, detail: message, instance: encodeURI(path.toWellFormed()) },
  };
}
