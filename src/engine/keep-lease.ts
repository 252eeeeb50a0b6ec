import type { Logger } from 'pino';
import type { Pool } from '../store/connection/pool.ts';
import { type Lease, LeaseLostError, renewLease } from '../store/queue/lease.ts';

const HEARTBEAT_MILLISECONDS = 10_000;
const PULSE_MILLISECONDS = 1_000;

export interface KeptLease {
  /**
   * Whether this process did nothing for longer than a heartbeat, so that the lease may have run out because of what it works on: a worker that
   * hangs is as good as dead. One that only could not reach the database had its pulse all the time.
   */
  hung(): boolean;
  /** Aborted by LeaseLostError when the lease is found to be lost: for what takes long; all else is stopped by the fence. */
  readonly lost: AbortSignal;
  stop(): void;
}

/** Renews a lease every 10 s until it is told to stop. */
export function keepLease(pool: Pool, lease: Lease, log: Logger): KeptLease {
  const lost = new AbortController();
  const heartbeat = setInterval(() => {
    renewLease(pool, lease).catch((error: Error) => {
      if (error instanceof LeaseLostError) lost.abort(error);
      else log.warn({ err: error, taskId: lease.taskId }, 'could not renew a lease');
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
    lost: lost.signal,
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
