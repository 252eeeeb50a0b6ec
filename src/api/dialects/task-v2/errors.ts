import { z } from 'zod';
import type { Envelope } from '../../errors/envelope.ts';
import type { Failure, FailureCode } from '../../errors/failure.ts';
import { wireName } from './vocabulary.ts';

interface Wording {
  readonly status: number;
  readonly name: string;
}

/** docs/api/task-v2.md "Errors". */
const wordings = {
  not_found: { status: 404, name: 'Not Found' },
  conflict: { status: 400, name: 'Bad Request' },
  key_reused: { status: 422, name: 'Unprocessable Content' },
  outgrown: { status: 400, name: 'Bad Request' },
  related_entities: { status: 400, name: 'Bad Request' },
  invalid: { status: 422, name: 'Unprocessable Content' },
  malformed: { status: 400, name: 'Bad Request' },
  method_not_allowed: { status: 405, name: 'Method Not Allowed' },
  unsupported_encoding: { status: 415, name: 'Unsupported Media Type' },
  unsupported_media_type: { status: 415, name: 'Unsupported Media Type' },
  not_acceptable: { status: 406, name: 'Not Acceptable' },
  too_large: { status: 413, name: 'Content Too Large' },
  request_timeout: { status: 408, name: 'Request Timeout' },
  headers_too_large: { status: 431, name: 'Request Header Fields Too Large' },
  no_token: { status: 401, name: 'Unauthorized' },
  invalid_token: { status: 401, name: 'Unauthorized' },
  insufficient_scope: { status: 403, name: 'Forbidden' },
  cross_site: { status: 403, name: 'Forbidden' },
  too_many_requests: { status: 429, name: 'Too Many Requests' },
  too_many_tasks: { status: 429, name: 'Too Many Requests' },
  quota_exceeded: { status: 507, name: 'Insufficient Storage' },
  store_full: { status: 507, name: 'Insufficient Storage' },
  issuer_unavailable: { status: 503, name: 'Service Unavailable' },
  unavailable: { status: 503, name: 'Service Unavailable' },
  busy: { status: 503, name: 'Service Unavailable' },
  too_slow: { status: 503, name: 'Service Unavailable' },
  internal: { status: 500, name: 'Internal Server Error' },
} as const satisfies Record<FailureCode, Wording>;

export const errorBody = z.object({
  name: z.string(),
  message: z.string(),
  code: z.literal(0),
  status: z.int(),
});

/** What would be deleted with a task: its id, or the key of its file. */
export const relatedBody = errorBody.extend({
  related: z.array(z.object({ type: z.enum(['task', 'file']), id: z.string() })).optional(),
});

export const problemsBody = z.array(z.object({ field: z.string(), message: z.string() }));

/** `{"name", "message", "code": 0, "status"}`; of a request that is not valid `[{"field", "message"}]`. */
export const envelope: Envelope = {
  word(failure) {
    const { status, name } = wordings[failure.code];
    const body =
      status === 422 ? problemsOf(failure) : { name, message: failure.message, code: 0, status, ...related(failure) };
    return { status, contentType: 'application/json; charset=utf-8', body };
  },
};

function problemsOf({ code, message, problems }: Failure): z.infer<typeof problemsBody> {
  if (code === 'key_reused') return [{ field: 'Idempotency-Key', message }];
  return problems.map((problem) => ({ field: wireName(problem.field), message: problem.message }));
}

function related({ code, problems }: Failure): object {
  if (code !== 'related_entities') return {};
  return { related: problems.map(({ field, message }) => ({ type: field, id: message })) };
}
