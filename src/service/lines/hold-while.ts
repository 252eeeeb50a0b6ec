import type { Pool } from '../../store/connection/pool.ts';
import { holdTask } from '../../store/platform/retention.ts';

/** A third of the time for which a task is held: two attempts may fail. */
const RENEW_MILLISECONDS = 20_000;

/**
 * Passes on what is read of a task's files or lines, and keeps retention from deleting the task while it is read, at any
 * pace. What it gave was all there is: where the task was deleted meanwhile, it ends with an error, never early.
 *
 * @param items made of the task's files or lines; the task was held (`holdTask`) since before it was looked at
 */
export async function* holdWhile<Item>(
  { pool }: { readonly pool: Pool },
  taskId: string,
  items: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  // A failed renewal need not be reported here: the check at the end does that.
  const timer = setInterval(() => holdTask(pool, taskId).catch(() => {}), RENEW_MILLISECONDS);
  try {
    yield* items;
    if (!(await holdTask(pool, taskId))) throw new Error('The task was deleted while its lines were being read.');
  } finally {
    clearInterval(timer);
  }
}
