import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { LeaseLostError } from '../store/leases.ts';
import { isOutage } from '../store/pool.ts';

/** After this long the lease has run out anyway, and the sweep finds the task. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Writes the end of a slice through an outage of the database, so that a restart of it is not taken for a crash of the worker.
 * Gives up when the lease is lost, the process is to stop, or a minute is over.
 */
export async function persist(
  { stop, log }: { stop: AbortSignal; log: Logger },
  write: () => Promise<void>,
): Promise<void> {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      if (!isOutage(error) || stop.aborted || Date.now() > end) {
        log.error({ err: error }, 'could not hand a task back; it is taken up when its lease has run out');
        return;
      }
    }
    await sleep(500);
  }
}
