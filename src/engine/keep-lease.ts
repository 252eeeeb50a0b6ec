import type { Logger } from 'pino';
import { type Lease, LeaseLostError, renewLease } from '../store/leases.ts';
import type { Pool } from '../store/pool.ts';

const HEARTBEAT_MILLISECONDS = 10_000;
const PULSE_MILLISECONDS = 1_000;

export interface KeptLease {
  /**
   * Whether this process did nothing for longer than a heartbeat, so that the lease may have run out because of what it works on: a worker that
   * hangs is as good as dead. One that only could not reach the database had its pulse all the time.
   */
  hung(): boolean;
  stop(): void;
}

/** Renews a lease every 10 s until it is told to stop. That it was lost need not be told: the fence stops whoever lost it. */
export function keepLease(pool: Pool, lease: Lease, log: Logger): KeptLease {
  const heartbeat = setInterval(() => {
    renewLease(pool, lease).catch((error: Error) => {
      if (!(error instanceof LeaseLostError)) log.warn({ err: error, taskId: lease.taskId }, 'could not renew a lease');
    });
  }, HEARTBEAT_MILLISECONDS);
  let last = performance.now();
  let longest = 0;
  const feel = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const pulse = setInterval(feel, PULSE_MILLISECONDS);
  return {
    hung() {
      feel();
      return longest > HEARTBEAT_MILLISECONDS;
    },
    stop() {
      clearInterval(heartbeat);
      clearInterval(pulse);
    },
  };
}
