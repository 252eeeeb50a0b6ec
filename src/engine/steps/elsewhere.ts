import type { Step, StepElsewhere, StepResult } from '../../operations/work.ts';
import { commit } from '../../store/connection/pool.ts';
import type { Wire } from '../../store/connection/wire.ts';
import { markApplied, takeChunk } from '../../store/elsewhere/markers.ts';
import { beginChunk, holdChunk, LOCK_SECONDS } from '../../store/ledger/chunks.ts';
import { type Lease, sessionName } from '../../store/queue/lease.ts';
import { failpoint } from './failpoint.ts';

/** A chunk whose effect is made in another database. */
export interface ChunkElsewhere {
  /** Of OpenBulk's database. */
  readonly session: Wire;
  readonly lease: Lease;
  readonly chunk: number;
  readonly step: Step;
  /** That each of its statements may take. */
  readonly seconds: number;
  readonly busy: () => void;
}

/**
 * Makes the effect of a chunk in another database, and commits it there with a marker that holds the evidence; then the transaction is begun
 * in which that is to be recorded here. Whoever dies in between leaves the marker, from which the next worker records the same
 * (`src/operations/import/elsewhere.ts`).
 *
 * Before the commit there the task is held here: whoever lost its lease does not come to that, and nobody stops the task between the two
 * commits.
 *
 * @throws AppliedBeforeError when somebody else has applied the chunk; LeaseLostError; what `step` throws
 */
export async function applyElsewhere(
  { database, engine }: StepElsewhere,
  { session, lease, chunk, step, seconds, busy }: ChunkElsewhere,
): Promise<StepResult> {
  const marked = { engine, taskId: lease.taskId, chunk };
  const how = { name: sessionName(lease), seconds, lockSeconds: LOCK_SECONDS };
  return database.transact(how, async (there) => {
    await takeChunk(there, marked, lease.token);
    const { rows: _, ...evidence } = await step.apply(session, busy, there);
    markApplied(there, marked, evidence);
    await there.answered();
    failpoint('before-hold');
    beginChunk(session, seconds);
    await holdChunk(session, lease, chunk);
    failpoint('before-theirs');
    await commit(there);
    failpoint('after-theirs');
    return { ...evidence, effectElsewhere: true };
  });
}
