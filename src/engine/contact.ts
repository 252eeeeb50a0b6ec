import { isOutage } from '../store/connection/pool.ts';

/** How long the database has been there for this process. */
export interface Contact {
  /** Takes note of an error; only those of an outage count. */
  readonly note: (error: unknown) => void;
  /** Seconds since the last sign of an outage; `undefined` when there was none. */
  steadySeconds(): number | undefined;
}

/** An outage has ended after this long without a sign of it, ms: a worker tries again at least every 5 s. */
const OVER_MILLISECONDS = 30_000;

/**
 * Watches for outages. A lease that expired during an outage says nothing about its worker, which could not reach the database either; and the worker that takes
 * the task over knows of it, since a worker looks at something every second.
 *
 * @param onOutage called when one begins
 */
export function watchContact(onOutage: () => void): Contact {
  let last: number | undefined;
  return {
    note(error) {
      if (!isOutage(error)) return;
      const now = performance.now();
      if (last === undefined || now - last > OVER_MILLISECONDS) onOutage();
      last = now;
    },
    steadySeconds: () => (last === undefined ? undefined : (performance.now() - last) / 1_000),
  };
}
