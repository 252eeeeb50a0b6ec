import { setTimeout as sleep } from 'node:timers/promises';
import { type QueueState, readQueueState } from '../../store/queue/queue-state.ts';
import type { TaskContext } from '../tasks/task-context.ts';

export type { QueueState } from '../../store/queue/queue-state.ts';

/** Who asks goes without the numbers of a database that takes longer than this, ms. */
const PATIENCE = 2_000;

/**
 * Makes what tells how much there is to do; `undefined` when the database does not answer in 2 s. However often it is asked, it asks the
 * database one question at a time.
 */
export function watchQueue({ pool }: Pick<TaskContext, 'pool'>): () => Promise<QueueState | undefined> {
  let asked: Promise<QueueState | undefined> | undefined;
  return () => {
    asked ??= readQueueState(pool, PATIENCE)
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    return Promise.race([asked, sleep(PATIENCE, undefined, { ref: false })]);
  };
}
