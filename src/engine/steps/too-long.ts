import { type Step, StepTooLargeError } from '../../operations/work.ts';
import { isLocked, isTimeout, type Pool } from '../../store/connection/pool.ts';
import { LAST_STATEMENT_SECONDS } from '../../store/ledger/chunks.ts';
import type { Claim } from '../../store/queue/claim.ts';
import { renewLease } from '../../store/queue/lease.ts';
import { TaskError } from '../../task/errors.ts';

/** Whether a step was undone for the time that its own work takes, rather than for a lock that another transaction has. */
export function tookTooLong(error: unknown): boolean {
  return error instanceof StepTooLargeError || (isTimeout(error) && !isLocked(error));
}

/** A database that takes so long to renew a lease is slow for everybody, ms: no record is to blame for it. */
const PROMPT_MILLISECONDS = 1_000;

/**
 * A step with one record that cannot be done in time, as one that says so of its record.
 *
 * @param error what ended the step
 * @throws `error`, if the database is slow as a whole; TaskError where no record can be named
 */
export async function refuse(pool: Pool, { lease }: Claim, step: Step | undefined, error: unknown): Promise<Step> {
  const start = performance.now();
  await renewLease(pool, lease);
  if (performance.now() - start > PROMPT_MILLISECONDS) throw error;
  const { lines, refused } = step ?? {};
  if (refused) return { ...(lines && { lines }), apply: async () => refused() };
  throw new TaskError(
    'too_slow',
    `The database needs more than ${LAST_STATEMENT_SECONDS} seconds to check a single record. Use criteria with ` +
      'fewer conditions.',
  );
}
