import { isOutage, type Transaction } from '../../store/connection/pool.ts';
import type { Task } from '../../task/task.ts';
import type { SubmitContext } from '../tasks/task-context.ts';
import { createTask, type StoredUpload, type TaskOrder } from './create-task.ts';
import type { Intake } from './intake.ts';

/**
 * Makes a task of an upload, which the intake then leaves alone; one that does not become a task's is removed with what else it took.
 *
 * @param order whose action and settings were checked: those of an import by `checkImport`, or when the task was made that it has them from
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent order
 * @param check what must hold in the transaction that makes the task; it throws where it does not
 * @returns the answer, of this order or of the first one under its key
 * @throws ServiceError as `createTask`
 */
export async function submitUpload<Answer>(
  context: SubmitContext & { readonly intake: Intake },
  order: TaskOrder & { readonly upload: StoredUpload },
  answer: (task: Task, tx: Transaction) => Answer | Promise<Answer>,
  check?: (tx: Transaction) => Promise<void>,
): Promise<Answer> {
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
