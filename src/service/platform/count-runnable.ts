import { countRunnable as selectCounts } from '../../store/tasks/tasks.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/** How many tasks of all organizations wait for a worker, and how many are with one. */
export function countRunnable({ pool }: Pick<TaskContext, 'pool'>): Promise<{ pending: number; running: number }> {
  return selectCounts(pool);
}
