import { forgetRemoved, takeFilesToRemove } from '../../store/files/files.ts';
import { deleteOldSorts } from '../../store/ledger/sort-rows.ts';
import { forgetFullBuckets } from '../../store/platform/rate-limits.ts';
import { deleteExpiredSignIns } from '../../store/platform/sign-ins.ts';
import { deleteOldKeys } from '../../store/tasks/idempotency.ts';
import { failpoint } from '../steps/failpoint.ts';
import type { SweepContext } from './context.ts';
import { removeOldMarkers } from './markers.ts';
import { deleteSummaries, purgeResults } from './retention.ts';
import { findStrays, removeUnfinished } from './stray-files.ts';

/** What a sweep deletes, in this order; each returns how many it deleted. */
const cleanups = {
  results: purgeResults,
  summaries: deleteSummaries,
  idempotencyKeys: forgetIdempotencyKeys,
  unfinishedUploads: removeUnfinished,
  strayFiles: findStrays,
  files: removeFiles,
  signIns: forgetSignIns,
  sorts: forgetSorts,
  markers: removeOldMarkers,
} as const satisfies Record<string, (context: SweepContext) => Promise<number>>;

export type Cleanup = keyof typeof cleanups;

/**
 * Deletes all expired data. If one cleanup fails, the others still run. Sweeps can run at the same time: each skips the rows
 * that another one has locked.
 *
 * @returns how many each cleanup deleted; those that failed are left out and their errors are logged
 */
export async function runSweep(context: SweepContext): Promise<Partial<Record<Cleanup, number>>> {
  const done: Partial<Record<Cleanup, number>> = {};
  for (const [name, cleanup] of Object.entries(cleanups) as [Cleanup, (context: SweepContext) => Promise<number>][]) {
    if (context.stop.aborted) break;
    try {
      done[name] = await cleanup(context);
    } catch (error) {
      context.log.error({ err: error, cleanup: name }, 'a cleanup failed; the next sweep tries it again');
    }
  }
  if (Object.values(done).some((count) => count > 0)) context.log.info(done, 'deleted expired data');
  return done;
}

/** Rows deleted in one transaction, and files removed before their rows are deleted. */
const AT_ONCE = 500;

async function forgetIdempotencyKeys({ pool, now, stop }: SweepContext): Promise<number> {
  let total = 0;
  for (let deleted = AT_ONCE; deleted > 0 && !stop.aborted; total += deleted) {
    deleted = await deleteOldKeys(pool, { limit: AT_ONCE, now });
  }
  return total;
}

async function forgetSorts({ pool, now, stop }: SweepContext): Promise<number> {
  let total = 0;
  for (let deleted = AT_ONCE; deleted > 0 && !stop.aborted; total += deleted) {
    deleted = await deleteOldSorts(pool, { limit: AT_ONCE, now });
  }
  return total;
}

/** Removes the files that are queued for deletion. If one cannot be removed, the others still are. */
async function removeFiles({ pool, files, log, now, stop }: SweepContext): Promise<number> {
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
        log.warn({ err: error, key }, 'a file could not be removed; the next sweep tries it again');
      }
    }
    failpoint('after-remove');
    await forgetRemoved(pool, removed);
    total += removed.length;
    after = keys.at(-1) as string;
  }
  return total;
}

/** Expired sessions and sign-ins. */
async function forgetSignIns({ pool, now, stop }: SweepContext): Promise<number> {
  await forgetFullBuckets(pool);
  let total = 0;
  for (let deleted = AT_ONCE; deleted > 0 && !stop.aborted; total += deleted) {
    deleted = await deleteExpiredSignIns(pool, { limit: AT_ONCE, now });
  }
  return total;
}
