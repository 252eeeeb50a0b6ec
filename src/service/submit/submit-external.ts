import type { Transaction } from '../../store/connection/pool.ts';
import { rememberHandler } from '../../store/tasks/external-handlers.ts';
import type { Task } from '../../task/task.ts';
import type { SubmitContext } from '../tasks/task-context.ts';
import { type Answered, createTask, type TaskOrder } from './create-task.ts';

type ExternalOrder = Omit<TaskOrder & { readonly operation: 'external' }, 'operation' | 'config'>;

/**
 * Creates a task that an external worker runs: it waits until that worker updates it.
 *
 * @throws ServiceError `key_reused` when the key was used for something else
 */
export function submitExternal<Answer>(
  context: SubmitContext,
  order: ExternalOrder,
  answer: (task: Task, tx: Transaction) => Answer | Promise<Answer>,
): Promise<Answered<Answer>> {
  return createTask(context, { ...order, operation: 'external', config: {} }, answer, (tx) =>
    rememberHandler(tx, order.organizationId, order.action),
  );
}
