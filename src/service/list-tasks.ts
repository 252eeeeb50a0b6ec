import { tasksWithIds } from '../store/task-batches.ts';
import { listTasks as selectTasks, type TaskQuery } from '../store/task-list.ts';
import { matchingTasks } from '../store/task-text.ts';
import { parseId } from '../task/ids.ts';
import type { Task } from '../task/task.ts';
import type { TaskContext } from './task-context.ts';

export type { TaskQuery, TaskSort } from '../store/task-list.ts';
export type { TaskState } from '../store/tasks.ts';

/** A page of an organization's tasks and how many there are in all. */
export function listTasks(
  { pool }: Pick<TaskContext, 'pool'>,
  query: TaskQuery,
): Promise<{ tasks: Task[]; total: number }> {
  const { text, withErrors } = query;
  if (text === undefined && !withErrors) return selectTasks(pool, query);
  return pool.heavily(() => matchingTasks(pool, query, text === undefined ? undefined : parseId(text)));
}

/** Tasks that are held while somebody reads; of a longer page, their ids, which are a hundredth of that. */
export const HELD = 50;

/**
 * A page of an organization's tasks, some at a time, and how many there are in all. Those of a long page are read again as it is
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
