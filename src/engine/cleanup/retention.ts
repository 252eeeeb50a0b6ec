import {
  deleteChunks,
  deleteSummaries as deleteSomeSummaries,
  dueScopes,
  historize,
  purge,
  type Scope,
} from '../../store/platform/retention.ts';
import { origins } from '../../task/origins.ts';
import { failpoint } from '../steps/failpoint.ts';
import type { SweepContext } from './context.ts';

/** Tasks in a batch. */
const TASKS = 100;
/** Chunks deleted in one transaction. A batch of large tasks has many thousands, of up to some hundred kilobytes each. */
const CHUNKS = 500;

/**
 * Purges ended tasks whose retention period for results has expired: first they become unreadable, then
 * their lines are deleted, then their files. The next sweep continues where one was interrupted.
 *
 * @returns how many were purged
 */
export function purgeResults(context: SweepContext): Promise<number> {
  return inBatches(context, 'results', async (scope) => {
    const { pool, now, stop } = context;
    const ids = await historize(pool, scope, { limit: TASKS, now });
    failpoint('after-historize');
    while ((await deleteChunks(pool, ids, CHUNKS)) > 0) {
      failpoint('after-lines');
      if (stop.aborted) return 0;
    }
    const purged = ids.length > 0 ? await purge(pool, ids, now) : 0;
    failpoint('after-purge');
    return purged;
  });
}

/** Deletes the summaries of tasks that were purged long enough ago. @returns how many there were */
export function deleteSummaries(context: SweepContext): Promise<number> {
  return inBatches(context, 'summary', async (scope) => {
    const deleted = await deleteSomeSummaries(context.pool, scope, TASKS);
    failpoint('after-summary');
    return deleted;
  });
}

/** Scope after scope, batch after batch, until a batch is empty: what is left is being read, or locked by another sweep. */
async function inBatches(
  { pool, retention, now, stop }: SweepContext,
  stage: 'results' | 'summary',
  batch: (scope: Scope) => Promise<number>,
): Promise<number> {
  let total = 0;
  for await (const scope of dueScopes(pool, stage, { origins, standard: retention, now })) {
    for (let done = TASKS; done > 0 && !stop.aborted; total += done) done = await batch(scope);
    if (stop.aborted) break;
  }
  return total;
}
