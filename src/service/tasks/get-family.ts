import { findFamily, lastTries } from '../../store/tasks/family.ts';
import type { Counters } from '../../task/ledger.ts';
import type { Task } from '../../task/task.ts';
import { notFound } from '../platform/service-error.ts';
import type { TaskContext, TaskRef } from './task-context.ts';

/** An import and the tasks that corrected its lines. */
export interface Family {
  /** It began with this one's file. */
  readonly root: Task;
  /** All of them, in the order in which they were made. */
  readonly tasks: readonly Task[];
  /** Each line of the first file counted once, with the outcome of its last try. */
  readonly ledger: Counters;
}

/** @throws ServiceError `not_found` */
export async function getFamily({ pool }: Pick<TaskContext, 'pool'>, { organizationId, id }: TaskRef): Promise<Family> {
  const tasks = await findFamily(pool, organizationId, id);
  const [root, ...corrections] = tasks;
  if (!root) throw notFound();
  // Only errored lines are tried again: what was applied or skipped at first stays what it was.
  const tried = await lastTries(
    pool,
    corrections.map((task) => task.id),
  );
  const { counters } = root;
  const ledger = {
    items: counters.items,
    inserts: counters.inserts + tried.inserts,
    updates: counters.updates + tried.updates,
    deletes: counters.deletes + tried.deletes,
    skips: counters.skips + tried.skips,
    errors: counters.errors - tried.items + tried.errors,
  };
  return { root, tasks, ledger };
}
