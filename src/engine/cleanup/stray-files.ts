import { ABANDONED_MILLISECONDS, type FileStore } from '../../files/file-store.ts';
import { condemnKeys, keysBetween, stillFiles, storeOwner, unnamedKeys } from '../../store/files/stray-files.ts';
import type { SweepContext } from './context.ts';

/** Maximum number of missing files that the log names. */
const NAMED = 100;
/** Rows of files per query. */
const TOGETHER = 1_000;

/**
 * Compares the file store with the database, in the order of keys. Files older than an hour that no row names (left by an
 * outage or a crash) are queued for deletion. Files that a row names and the store does not have are reported
 * in the log; their rows stay, since a restored disk can bring them back.
 *
 * @returns how many files were queued for deletion
 */
export async function findStrays(context: SweepContext): Promise<number> {
  const { pool, files, log, stop } = context;
  const owner = await storeOwner(pool);
  const claimed = await files.claim(owner);
  if (claimed !== owner) {
    log.warn({ owner, claimed }, 'the file store belongs to another database; its unknown files are left there');
    return 0;
  }
  const lost = { files: 0, keys: [] as string[] };
  const lose = (keys: readonly string[]) => {
    lost.files += keys.length;
    lost.keys.push(...keys.slice(0, NAMED - lost.keys.length));
  };
  let strays = 0;
  let after = '';
  for await (const keys of files.keys()) {
    if (stop.aborted) return strays;
    strays += await condemnStrays(context, keys);
    const last = keys.at(-1) as string;
    for await (const some of lostBetween(context, { after, last }, keys)) lose(some);
    after = last;
  }
  for await (const some of lostBetween(context, { after }, [])) lose(some);
  if (lost.files > 0) log.warn(lost, 'files of tasks are missing from the file store');
  return strays;
}

async function condemnStrays({ pool, files, now }: SweepContext, keys: readonly string[]): Promise<number> {
  const old: string[] = [];
  for (const key of await unnamedKeys(pool, keys)) {
    const age = await files.age(key);
    if (age !== undefined && age + ahead(now) > ABANDONED_MILLISECONDS) old.push(key);
  }
  return old.length === 0 ? 0 : condemnKeys(pool, old);
}

/** Files of tasks in a range that are not in the store, checked again one by one, since some were stored or purged during the walk. */
async function* lostBetween(
  { pool, files, stop }: SweepContext,
  range: { readonly after: string; readonly last?: string },
  stored: readonly string[],
): AsyncGenerator<string[]> {
  for (let { after } = range; !stop.aborted; ) {
    const keys = await keysBetween(pool, { ...range, after }, stored, TOGETHER);
    const missing: string[] = [];
    for (const key of keys) if ((await files.age(key)) === undefined) missing.push(key);
    if (missing.length > 0) yield await stillFiles(pool, missing);
    if (keys.length < TOGETHER) return;
    after = keys.at(-1) as string;
  }
}

/** Deletes partial uploads whose process has ended. @returns how many there were */
export function removeUnfinished({ files, now }: { readonly files: FileStore; readonly now?: Date | undefined }) {
  return files.removeUnfinished(ABANDONED_MILLISECONDS - ahead(now));
}

/** How far the given clock is ahead, ms. */
function ahead(now: Date | undefined): number {
  return now ? now.getTime() - Date.now() : 0;
}
