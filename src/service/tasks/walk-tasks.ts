import { taskLives } from '../../store/lists/task-lives.ts';
import type { TaskLife } from '../../task/task.ts';
import type { TaskContext } from './task-context.ts';

/** All tasks of an organization that are still retained, newest first, page by page: never more than one page in memory. */
export function walkTasks({ pool }: Pick<TaskContext, 'pool'>, organizationId: string): AsyncGenerator<TaskLife[]> {
  return taskLives(pool, organizationId);
}
