import { checkImportConfig } from '../../operations/import/config.ts';
import { findAction } from '../../operations/registry.ts';
import { isOutage, type Transaction } from '../../store/connection/pool.ts';
import { shown } from '../../task/errors.ts';
import type { ImportConfig, Task } from '../../task/task.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';
import { listImports } from '../tasks/list-actions.ts';
import type { SubmitContext } from '../tasks/task-context.ts';
import { createTask, type StoredUpload, type TaskOrder } from './create-task.ts';
import type { Intake } from './intake.ts';

/** What is wrong with an import's action and configuration, as far as that can be told before the file is read. */
export function checkImport(action: string, config: ImportConfig): Problem[] {
  const found = findAction(action);
  if (found?.operation === 'import') return checkImportConfig(found.resource, config);
  const why = found ? 'takes no file of rows' : 'is no action';
  return [{ field: 'action', message: `${shown(action)} ${why}; use one of ${listImports().join(', ')}` }];
}

/**
 * Makes a task of an upload, which the intake then leaves alone; one that does not become a task's is removed with what else it took.
 *
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent order
 * @param check what must hold in the transaction that makes the task; it throws where it does not
 * @returns the answer, of this order or of the first one under its key
 * @throws ServiceError `invalid`; `key_reused` when the key was used for something else
 */
export async function submitUpload<Answer>(
  context: SubmitContext & { readonly intake: Intake },
  order: TaskOrder & { readonly upload: StoredUpload },
  answer: (task: Task, tx: Transaction) => Answer | Promise<Answer>,
  check?: (tx: Transaction) => Promise<void>,
): Promise<Answer> {
  const problems = order.operation === 'import' ? checkImport(order.action, order.config) : [];
  if (problems.length > 0) throw new ServiceError('invalid', 'The submission is not valid.', problems);
  const { key } = order.upload;
  try {
    const { answered, replayed } = await createTask(context, order, answer, check);
    if (!replayed) context.intake.leave(key);
    return answered;
  } catch (error) {
    // When the database went away the commit may have happened all the same. If not, the announced file is removed later.
    if (isOutage(error)) context.intake.leave(key);
    throw error;
  }
}
