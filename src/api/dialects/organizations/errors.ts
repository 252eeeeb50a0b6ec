import { z } from 'zod';
import type { Envelope } from '../../errors/envelope.ts';
import type { FailureCode } from '../../errors/failure.ts';

interface Wording {
  readonly status: number;
  /** The dialect's own number. */
  readonly code: number;
  /** Where the published page words it; else the failure's own sentence. */
  readonly message?: string;
}

/** docs/api/organizations.md "Errors". What has no code there has the one of its status. */
const wordings = {
  not_found: { status: 404, code: 3001, message: 'Entity not found' },
  conflict: { status: 409, code: 5001 },
  key_reused: { status: 409, code: 5001 },
  outgrown: { status: 412, code: 5001 },
  related_entities: { status: 409, code: 5001 },
  invalid: { status: 400, code: 3000 },
  malformed: { status: 400, code: 3000 },
  method_not_allowed: { status: 405, code: 3000 },
  // Not like a wrong Content-Type: the rules for all dialects say 415.
  unsupported_encoding: { status: 415, code: 3000 },
  unsupported_media_type: { status: 400, code: 3000 },
  not_acceptable: { status: 400, code: 3000 },
  too_large: { status: 413, code: 3003 },
  request_timeout: { status: 408, code: 3000 },
  headers_too_large: { status: 431, code: 3000 },
  no_token: { status: 401, code: 4002, message: 'No auth token' },
  invalid_token: { status: 401, code: 4004, message: 'Invalid Token' },
  insufficient_scope: { status: 403, code: 4003 },
  cross_site: { status: 403, code: 4003 },
  too_many_requests: { status: 429, code: 4029 },
  too_many_tasks: { status: 429, code: 4029 },
  quota_exceeded: { status: 507, code: 5007 },
  store_full: { status: 507, code: 5007 },
  issuer_unavailable: { status: 503, code: 5003 },
  unavailable: { status: 503, code: 5003 },
  busy: { status: 503, code: 5003 },
  too_slow: { status: 503, code: 5003 },
  internal: { status: 500, code: 5000 },
} as const satisfies Record<FailureCode, Wording>;

export const errorEnvelope = z
  .object({
    status: z.literal(false),
    error: z.object({
      code: z.number(),
      message: z.string(),
      /** What is wrong with which member of the request. */
      data: z.array(z.object({ field: z.string(), problem: z.string() })).optional(),
    }),
  })
  .meta({ id: 'Error' });

/** `{ "status": false, "error": { "code", "message", "data"? } }` */
export const envelope: Envelope = {
  word({ code: name, message, problems }) {
    const wording: Wording = wordings[name];
    const data = problems.map(({ field, message: problem }) => ({ field, problem }));
    const error = {
      code: wording.code,
      message: wording.message ?? message,
      ...(data.length > 0 && { data }),
    };
    const body = errorEnvelope.parse({ status: false, error });
    return { status: wording.status, contentType: 'application/json; charset=utf-8', body };
  },
};
