import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isNoFaultOfRecords } from './fault.ts';

const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 5_000;

/**
 * Writes the end of a slice despite an outage of the database, however long, so that it does not count as a crash of the worker. Gives
 * up when the process is to stop.
 */
export async function persist(
  { stop, log }: { readonly stop: AbortSignal; readonly log: Logger },
  write: () => Promise<void>,
): Promise<void> {
  for (let wait = FIRST_MILLISECONDS; ; wait = Math.min(wait * 2, LONGEST_MILLISECONDS)) {
    try {
      return await write();
    } catch (error) {
      if (!isNoFaultOfRecords(error) || stop.aborted) {
        log.error({ err: error }, 'could not release a task; it continues when its lease expires');
        return;
      }
    }
    await sleep(wait, undefined, { signal: stop }).catch(() => {});
  }
}
