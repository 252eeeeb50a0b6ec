import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isOutage } from './pool.ts';

const FIRST_MILLISECONDS = 250;
const LONGEST_MILLISECONDS = 5_000;
/** So often it is said that the database is still waited for. */
const REMIND_MILLISECONDS = 30_000;

/** The process is to stop, and the database that it waited for was never there. */
export class WaitedInVainError extends Error {
  override readonly name = 'WaitedInVainError';
}

export interface Patience {
  /** Ends the waiting. */
  readonly stop: AbortSignal;
  readonly log: Logger;
}

/**
 * Runs what needs the database as soon as it is available: while it starts or shuts down, cannot be reached or has no free connection,
 * this waits, and says so at once and every 30 s. What waiting does not mend (a wrong password, no such database) is thrown.
 *
 * @throws WaitedInVainError when the process is to stop before
 */
export async function patiently<T>({ stop, log }: Patience, run: () => Promise<T>): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const give = () => reject(new WaitedInVainError('Could not connect to the database.'));
    if (stop.aborted) give();
    else stop.addEventListener('abort', give, { once: true });
  });
  stopped.catch(() => {});
  let said = Number.NEGATIVE_INFINITY;
  for (let wait = FIRST_MILLISECONDS; ; wait = Math.min(wait * 2, LONGEST_MILLISECONDS)) {
    try {
      // A connection that is being made to nowhere must not hold up a stop.
      return await Promise.race([stopped, run()]);
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (performance.now() - said >= REMIND_MILLISECONDS) {
        said = performance.now();
        log.warn({ err: error }, 'could not connect to the database yet; waiting');
      }
    }
    await sleep(wait, undefined, { signal: stop }).catch(() => {});
  }
}
