import { createHash } from 'node:crypto';
import { type ActRequest, type AskedAct, checkActConfig } from '../../operations/act/config.ts';
import { countMatches } from '../../operations/act/matching.ts';
import type { IdempotentWrite } from '../../store/tasks/idempotency.ts';
import { findPreview } from '../../store/tasks/previews.ts';
import { parseJson } from '../../task/json/exact-json.ts';
import type { Submitter, Task } from '../../task/task.ts';
import type { Asker } from '../platform/rights.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';
import { findAct, isOfRecords, requireWritable, sealedOf } from '../preview/find-act.ts';
import { hashToken, requireSealed } from '../preview/sealed-preview.ts';
import type { SubmitContext, TaskContext } from '../tasks/task-context.ts';
import { type Answered, createTask } from './create-task.ts';

export interface ActOrder {
  readonly organizationId: string;
  /** The dialect in which it is made. */
  readonly origin: string;
  readonly createdBy: Submitter;
  readonly asker: Asker;
  /** The resource's name; devices if not given. */
  readonly resource?: string;
  /** Its criteria as an object or as JSON text. */
  readonly request: ActRequest;
  /** Not before this; a moment that is past is now. */
  readonly scheduledAt?: Date;
  /** Of the preview whose records alone may be touched. */
  readonly previewToken?: string;
  /** With it, the same order sent again gets the first one's answer. */
  readonly idempotent?: Pick<IdempotentWrite, 'scope' | 'key'>;
}

/** How far from now a task can be scheduled, ms: ten years. What is further away is a mistake, such as seconds for milliseconds. */
const MAX_AWAY = 10 * 365 * 86_400_000;

/**
 * Makes a task of an action on the records that a criteria matches when it runs.
 *
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent order
 * @throws ServiceError `invalid` with problems that name `resource`, `scheduledAt`, `preview` and members of `ActRequest`; `outgrown`; `insufficient_scope`;
 *   `key_reused` when the key was used for something else
 */
export async function submitAction<Answer>(
  context: SubmitContext & Pick<TaskContext, 'elsewhere'>,
  order: ActOrder,
  answer: (task: Task) => Answer,
): Promise<Answered<Answer>> {
  const { pool } = context;
  const { request, resource: resourceName, asker, previewToken: token, organizationId, idempotent, ...rest } = order;
  const wish = { ...request, organizationId, asker, ...(resourceName !== undefined && { resource: resourceName }) };
  const act = await findAct(pool, wish);
  const { name: action, resource, records } = act;
  const checked = checkActConfig(resource, request);
  const problems = [...('problems' in checked ? checked.problems : []), ...checkSchedule(order.scheduledAt)];
  if ('problems' in checked || problems.length > 0) {
    throw new ServiceError('invalid', 'The action is not valid.', problems);
  }
  const place = await requireWritable(context, act, wish);
  const matching = { resource: place.resource, organizationId, criteria: checked.criteria };
  const previewCount = await pool.heavily(() => place.read((db) => countMatches(db, matching)));
  const sought = token && { organizationId, tokenHash: hashToken(token), action, asked: sealedOf(checked) };
  const preview = sought ? await findPreview(pool, sought) : undefined;
  const criteria = typeof request.criteria === 'string' ? parseJson(request.criteria) : request.criteria;
  const config = { ...request, criteria, previewCount, ...(preview && { previewId: preview.id }) };
  const task = { ...rest, organizationId, operation: 'act' as const, action, config };
  const write = idempotent && { ...idempotent, fingerprint: fingerprint(order, checked) };
  const create = () =>
    createTask(context, { ...task, ...(write && { idempotent: write }) }, answer, async (tx) => {
      if (token !== undefined) await requireSealed(tx, preview, { place, matching, records });
    });
  return token === undefined ? create() : pool.heavily(create);
}

/** A hash that two orders share exactly when they ask the same. */
function fingerprint({ request, resource, scheduledAt, previewToken }: ActOrder, asked: AskedAct): string {
  const { type, reason, durationSeconds, maxLimit } = request;
  const all = [
    type,
    asked.criteria,
    reason,
    durationSeconds,
    maxLimit,
    scheduledAt?.getTime() ?? null,
    previewToken ?? null,
    ...(isOfRecords(type) ? [resource ?? null, sealedOf(asked)] : []),
  ];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

function checkSchedule(scheduledAt: Date | undefined): Problem[] {
  if (!scheduledAt || Math.abs(scheduledAt.getTime() - Date.now()) <= MAX_AWAY) return [];
  return [{ field: 'scheduledAt', message: 'must not be more than ten years from now' }];
}
