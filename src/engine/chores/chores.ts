import { forgetRemoved, takeFilesToRemove } from '../../store/files/files.ts';
import { deleteOldSorts } from '../../store/ledger/sort-rows.ts';
import { forgetFullBuckets } from '../../store/platform/rate-limits.ts';
import { deleteExpiredSignIns } from '../../store/platform/sign-ins.ts';
import { deleteOldKeys } from '../../store/tasks/idempotency.ts';
import { failpoint } from '../steps/failpoint.ts';
import type { ChoreContext } from './context.ts';
import { deleteSummaries, purgeResults } from './retention.ts';
import { findStrays, removeUnfinished } from './stray-files.ts';

/** What is done every quarter of an hour by one worker of all, in this order; each returns how many it deleted. */
const chores = {
  results: purgeResults,
  summaries: deleteSummaries,
  idempotencyKeys: forgetIdempotencyKeys,
  unfinishedUploads: removeUnfinished,
  strayFiles: findStrays,
  files: removeFiles,
  signIns: forgetSignIns,
  sorts: forgetSorts,
} as const satisfies Record<string, (context: ChoreContext) => Promise<number>>;

export type Chore = keyof typeof chores;

/**
 * Does all chores once. One that fails keeps none of the others from being done. Two rounds at the same time do not disturb
 * each other: each takes what the other has not in its hands.
 *
 * @returns how much each deleted; nothing of those that failed, whose errors are logged
 */
export async function doChores(context: ChoreContext): Promise<Partial<Record<Chore, number>>> {
  const done: Partial<Record<Chore, number>> = {};
  for (const [name, chore] of Object.entries(chores) as [Chore, (context: ChoreContext) => Promise<number>][]) {
    if (context.stop.aborted) break;
    try {
      done[name] = await chore(context);
    } catch (error) {
      context.log.error({ err: error, chore: name }, 'a chore failed; it is done again at the next round');
    }
  }
  if (Object.values(done).some((count) => count > 0)) context.log.info(done, 'deleted expired data');
  return done;
}

/** Rows deleted in one transaction, and files removed before they are taken off the books. */
const AT_ONCE = 500;

async function forgetIdempotencyKeys({ pool, now, stop }: ChoreContext): Promise<number> {
  let total = 0;
  for (let deleted = AT_ONCE; deleted > 0 && !stop.aborted; total += deleted) {
    deleted = await deleteOldKeys(pool, { limit: AT_ONCE, now });
  }
  return total;
}

async function forgetSorts({ pool, now, stop }: ChoreContext): Promise<number> {
  let total = 0;
  for (let deleted = AT_ONCE; deleted > 0 && !stop.aborted; total += deleted) {
    deleted = await deleteOldSorts(pool, { limit: AT_ONCE, now });
  }
  return total;
}

/** Removes from the file store what no row names. A file that cannot be removed now keeps none of the others there. */
async function removeFiles({ pool, files, log, now, stop }: ChoreContext): Promise<number> {
  let total = 0;
  for (let after = ''; !stop.aborted; ) {
    const keys = await takeFilesToRemove(pool, { after, limit: AT_ONCE, now });
    if (keys.length === 0) break;
    const removed: string[] = [];
    for (const key of keys) {
      try {
        await files.remove(key);
        removed.push(key);
      } catch (error) {
        log.warn({ err: error, key }, 'a file could not be removed; it is tried again at the next round');
      }
    }
    failpoint('after-remove');
    await forgetRemoved(pool, removed);
    total += removed.length;
    after = keys.at(-1) as string;
  }
  return total;
}

/** Sessions and what else of signing in is over. */
async function forgetSignIns({ pool, now, stop }: ChoreContext): Promise<number> {
  await forgetFullBuckets(pool);
  let total = 0;
  for (let deleted = AT_ONCE; deleted > 0 && !stop.aborted; total += deleted) {
    deleted = await deleteExpiredSignIns(pool, { limit: AT_ONCE, now });
  }
  return total;
}
