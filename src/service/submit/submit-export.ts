import { catalogueOf, findAction } from '../../operations/catalogue.ts';
import { acceptCriteria } from '../../operations/criteria/cost.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { shown } from '../../task/errors.ts';
import { parseJson } from '../../task/json/exact-json.ts';
import { type ExportConfig, type ExportFormat, exportFormats, type Task } from '../../task/task.ts';
import { type Asker, requireVerbOn } from '../platform/rights.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';
import type { SubmitContext } from '../tasks/task-context.ts';
import { type Answered, createTask, type TaskOrder } from './create-task.ts';

/** What is to be exported, not checked yet. */
export interface ExportRequest {
  readonly resource: string;
  readonly format: string;
  /** Criteria as an object or its JSON; every record when not given. */
  readonly criteria?: unknown;
}

type ExportOrder = Omit<TaskOrder & { readonly operation: 'export' }, 'operation' | 'action' | 'config'> & {
  readonly asker: Asker;
};

/**
 * Makes a task that writes records to a file.
 *
 * @throws ServiceError `insufficient_scope`, for who may not read those records; `invalid`; `quota_exceeded`; `key_reused` when the key was used
 *   for something else
 */
export async function submitExport<Answer>(
  context: SubmitContext,
  { asker, ...order }: ExportOrder,
  request: ExportRequest,
  answer: (task: Task, tx: Transaction) => Answer | Promise<Answer>,
): Promise<Answered<Answer>> {
  const problems: Problem[] = [];
  const { pool } = context;
  const action = await findAction(pool, order.organizationId, `export-${request.resource}`);
  if (action) requireVerbOn(asker.permissions, action.resource, 'export');
  else {
    const names = (await catalogueOf(pool, order.organizationId)).resourceNames('export').join(', ');
    problems.push({ field: 'resource', message: `${shown(request.resource)} cannot be exported; use one of ${names}` });
  }
  if (!isFormat(request.format)) {
    problems.push({ field: 'format', message: `must be one of ${exportFormats.join(', ')}` });
  }
  const { criteria } = request;
  const read = action && criteria !== undefined ? acceptCriteria(action.resource, criteria) : undefined;
  if (read && 'problems' in read) problems.push(...read.problems);
  if (!action || problems.length > 0) throw new ServiceError('invalid', 'The submission is not valid.', problems);
  const config: ExportConfig = {
    format: request.format as ExportFormat,
    ...(criteria !== undefined && { criteria: typeof criteria === 'string' ? parseJson(criteria) : criteria }),
  };
  await context.quotas?.requireStorage(order.organizationId, 1);
  return createTask(context, { ...order, operation: 'export', action: action.name, config }, answer);
}

function isFormat(format: string): format is ExportFormat {
  return exportFormats.some((known) => known === format);
}
