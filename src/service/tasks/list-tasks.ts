import { catalogueOf, findAction } from '../../operations/catalogue.ts';
import { tasksWithIds } from '../../store/lists/task-batches.ts';
import { countTasks } from '../../store/lists/task-counts.ts';
import { listTasks as selectTasks, type TaskQuery } from '../../store/lists/task-list.ts';
import { matchingTasks } from '../../store/lists/task-text.ts';
import { hadHandler } from '../../store/tasks/external-handlers.ts';
import { parseId } from '../../task/ids.ts';
import type { Task } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';
import type { TaskContext } from './task-context.ts';

export type { TaskQuery } from '../../store/lists/task-list.ts';
export type { TaskState } from '../../store/tasks/statuses.ts';

/**
 * A page of an organization's tasks and how many there are in all.
 *
 * @throws ServiceError `invalid` for an action that no task of the organization can have, or ever had
 */
async function listTasks(
  { pool }: Pick<TaskContext, 'pool'>,
  query: TaskQuery,
): Promise<{ tasks: Task[]; total: number }> {
  const { text, withErrors, organizationId, action } = query;
  if (action !== undefined && !(await isAction(pool, organizationId, action))) {
    const { actions } = await catalogueOf(pool, organizationId);
    const names = actions.map(({ name }) => name).join(', ');
    const message = `must be an action of a task of this organization, or one of ${names}`;
    throw new ServiceError('invalid', 'The action does not exist.', [{ field: 'action', message }]);
  }
  // There is no index by a file's name.
  if (!text && !withErrors)
    return query.sort === 'name' ? pool.heavily(() => selectTasks(pool, query)) : selectTasks(pool, query);
  return pool.heavily(() => matchingTasks(pool, query, text === undefined ? undefined : parseId(text)));
}

/** What is stored may be of a program that could do more. */
async function isAction(pool: TaskContext['pool'], organizationId: string, action: string): Promise<boolean> {
  return (
    (await findAction(pool, organizationId, action)) !== undefined ||
    (await hadHandler(pool, organizationId, action)) ||
    (await countTasks(pool, organizationId)).some((count) => count.action === action)
  );
}

/** Tasks that are held in memory while a client reads; for a longer page only their ids, a hundredth of that. */
export const HELD = 50;

/**
 * A page of an organization's tasks, some at a time, and the total number. Those of a long page are read again as it is
 * written: 60 pages of 1,000 tasks were 240 MB. One that is deleted meanwhile is left out.
 */
export async function walkPage(
  context: Pick<TaskContext, 'pool'>,
  query: TaskQuery,
): Promise<{ tasks: AsyncIterable<readonly Task[]>; total: number }> {
  const { tasks, total } = await listTasks(context, query);
  return { tasks: inBatches(context, query.organizationId, tasks), total };
}

function inBatches(
  { pool }: Pick<TaskContext, 'pool'>,
  organizationId: string,
  tasks: readonly Task[],
): AsyncGenerator<readonly Task[]> {
  let first: readonly Task[] = tasks.slice(0, HELD);
  const rest = tasks.slice(HELD).map(({ id }) => id);
  return (async function* () {
    yield first;
    first = [];
    for (let at = 0; at < rest.length; at += HELD) {
      yield await tasksWithIds(pool, organizationId, rest.slice(at, at + HELD));
    }
  })();
}
