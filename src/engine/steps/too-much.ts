import { type Step, StepTooLargeError } from '../../operations/work.ts';
import { isLocked, isTimeout, isTooLarge, type Pool } from '../../store/connection/pool.ts';
import { LAST_STATEMENT_SECONDS } from '../../store/ledger/chunks.ts';
import type { Claim } from '../../store/queue/claim.ts';
import { renewLease } from '../../store/queue/lease.ts';
import { TaskError } from '../../task/errors.ts';
import { recordTooLarge, tooSlow } from '../../task/line-reasons.ts';

/**
 * Whether a step was undone for one of its records, or for their number: for the time that its own work takes, rather than for a lock that
 * another transaction has, or for a record that the database cannot store.
 */
export function isTooMuch(error: unknown): boolean {
  return error instanceof StepTooLargeError || isTooLarge(error) || (isTimeout(error) && !isLocked(error));
}

/** A database that takes so long to renew a lease, or to answer at all, is slow for everybody, ms: no record is to blame for it. */
const PROMPT_MILLISECONDS = 1_000;

/**
 * A step with one record that cannot be done, or not in time, as one that says so of its record.
 *
 * @param error what ended the step
 * @throws `error`, if the database is slow as a whole, or cannot store something that is no line; TaskError where no record can be named
 */
export async function refuse(pool: Pool, { lease }: Claim, step: Step | undefined, error: unknown): Promise<Step> {
  const { lines, refused, elsewhere } = step ?? {};
  const place = { ...(lines && { lines }), ...(elsewhere && { elsewhere }) };
  if (isTooLarge(error)) {
    if (!refused) throw error;
    return { ...place, apply: async () => refused(recordTooLarge()) };
  }
  const start = performance.now();
  await renewLease(pool, lease);
  await elsewhere?.database.answer();
  if (performance.now() - start > PROMPT_MILLISECONDS) throw error;
  if (refused) return { ...place, apply: async () => refused(tooSlow(LAST_STATEMENT_SECONDS)) };
  throw new TaskError(
    'too_slow',
    `The database needs more than ${LAST_STATEMENT_SECONDS} seconds to check a single record. Use criteria with ` +
      'fewer conditions.',
  );
}
