import type { Logger } from 'pino';
import { type Lease, LeaseLostError, renewLease } from '../store/leases.ts';
import type { Pool } from '../store/pool.ts';

const HEARTBEAT_MILLISECONDS = 10_000;

/** Renews a lease every 10 s until it is told to stop. That it was lost need not be told: the fence stops whoever lost it. */
export function keepLease(pool: Pool, lease: Lease, log: Logger): { stop(): void } {
  const timer = setInterval(() => {
    renewLease(pool, lease).catch((error: Error) => {
      if (!(error instanceof LeaseLostError)) log.warn({ err: error, taskId: lease.taskId }, 'could not renew a lease');
    });
  }, HEARTBEAT_MILLISECONDS);
  return { stop: () => clearInterval(timer) };
}
