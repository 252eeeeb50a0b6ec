import { listTasks as selectTasks, type TaskQuery } from '../store/task-list.ts';
import { tasksWithText } from '../store/task-text.ts';
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
  const { text } = query;
  return text ? tasksWithText(pool, query, { text, id: parseId(text) }) : selectTasks(pool, query);
}
