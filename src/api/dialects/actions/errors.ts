import { z } from 'zod';
import type { Problem } from '../../../service/platform/service-error.ts';
import type { Envelope } from '../../errors/envelope.ts';
import type { FailureCode } from '../../errors/failure.ts';
import { wordings as problemWordings, type Wording, wordProblem } from '../../errors/problem-json.ts';
import { tellable } from '../../http/bodies/storable.ts';
import { textsByName } from '../../request-schemas.ts';

/** docs/api/actions.md "Errors": a job that is not in the state for it is a bad request. */
const wordings = {
  ...problemWordings,
  conflict: { status: 400, title: 'Bad Request' },
} as const satisfies Record<FailureCode, Wording>;

const reference = z.string().meta({ format: 'uri-reference' });

/** The published envelope: RFC 9457, and what older clients read. */
export const problem = z.object({
  type: reference,
  title: z.string(),
  status: z.int().min(100).max(599),
  detail: z.string(),
  /** The path that was asked for. */
  instance: reference,
  /** The same as `detail`. */
  error: z.string(),
  /** What is wrong with which member of the request. */
  details: textsByName().optional(),
  requestId: z.string(),
});

export const envelope: Envelope = {
  word(failure, { path, requestId }) {
    const { status, contentType, body } = wordProblem(wordings[failure.code], failure, path);
    const details = byField(failure.problems);
    const legacy = { error: failure.message, ...(details && { details }), requestId };
    return { status, contentType, body: problem.parse({ ...body, ...legacy }) };
  },
};

/** All that is wrong with a field in one text; none when nothing is. */
function byField(problems: readonly Problem[]): Record<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const problem of problems) {
    // It may quote what was sent.
    const [field, message] = [tellable(problem.field), tellable(problem.message)];
    const before = fields.get(field);
    fields.set(field, before === undefined ? message : `${before}; ${message}`);
  }
  return fields.size === 0 ? undefined : Object.fromEntries(fields);
}
