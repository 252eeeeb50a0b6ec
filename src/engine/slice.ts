import type { Logger } from 'pino';
import { FileMissingError, StoreFullError } from '../files/file-store.ts';
import type { Step, StepResult, Work } from '../operations/work.ts';
import {
  type Claim,
  failTask,
  LeaseLostError,
  recordChunk,
  releaseTask,
  sessionName,
  transactChunk,
} from '../store/leases.ts';
import { isConflict, isOutage, type Pool, type Transaction, withSession } from '../store/pool.ts';
import type { Turns } from '../store/turns.ts';
import { TaskError } from '../task/errors.ts';
import { count } from '../task/ledger.ts';
import type { CrashMark } from '../task/task.ts';
import { chunkSize, markCrash, refusePoison, stillSuspect } from './crash.ts';
import { failpoint, failpointLines } from './failpoint.ts';
import { keepLease } from './keep-lease.ts';
import { persist } from './persist.ts';
import type { WarmTasks } from './warm.ts';

export interface SliceContext {
  readonly pool: Pool;
  readonly turns: Turns;
  readonly warm: WarmTasks;
  readonly log: Logger;
  /** Records in a chunk at most. */
  readonly chunkRows: number;
  /** How long a slice goes on before the task is anybody's again. */
  readonly sliceMilliseconds: number;
  /** Set when the process is to stop: the slice ends with its chunk. */
  readonly stop: AbortSignal;
}

/** How far a slice is: what the next chunk's ledger row continues from. */
interface Progress {
  /** Lines done; of an export, rows. */
  items: number;
  chunks: number;
  crash: CrashMark | undefined;
}

/** Tries at a chunk whose transaction meets another's, before the slice is given up. */
const CONFLICT_TRIES = 5;

/** Works on a claimed task for a slice's time, chunk after chunk, and then hands it back; or ends it. */
export async function runSlice(context: SliceContext, claim: Claim): Promise<void> {
  const { pool, turns, warm } = context;
  const progress: Progress = {
    items: claim.items,
    chunks: claim.chunks,
    crash: stillSuspect(claim.crash, claim.items),
  };
  const kept = keepLease(pool, claim.lease, context.log);
  let work: Work | undefined;
  try {
    failpoint('after-claim');
    refusePoison(claim.operation, progress.crash, claim.cursor);
    work = await warm.take(claim);
    const done = await workThrough(context, claim, work, progress);
    if (!done) {
      await releaseTask(pool, turns, claim.lease);
      await warm.keep(claim.lease.taskId, work);
      work = undefined;
    }
  } catch (error) {
    await settle(context, claim, progress, error);
  } finally {
    kept.stop();
    await work?.close();
  }
}

/** @returns whether there is no more to do */
async function workThrough(context: SliceContext, claim: Claim, work: Work, progress: Progress): Promise<boolean> {
  const end = Date.now() + context.sliceMilliseconds;
  return withSession(context.pool, sessionName(claim.lease), async (session) => {
    do {
      const size = chunkSize(progress.crash, context.chunkRows);
      const step = await work.next(size);
      // Where a crash is suspected, only what is committed is looked at.
      const busy = progress.crash ? () => {} : () => work.readAhead?.(size);
      if (await commitStep(session, claim, progress, { ...step, apply: (tx) => step.apply(tx, busy) })) return true;
    } while (Date.now() < end && !context.stop.aborted);
    return false;
  });
}

/** A step whose slice knows what to do meanwhile. */
interface ReadyStep extends Pick<Step, 'lines'> {
  apply(tx: Transaction): Promise<StepResult>;
}

/** Effect and evidence of one step in one transaction. @returns whether it was the last */
async function commitStep(session: Transaction, claim: Claim, progress: Progress, step: ReadyStep): Promise<boolean> {
  if (step.lines) failpointLines(step.lines.first, step.lines.last);
  for (let tries = 1; ; tries += 1) {
    try {
      const { items, crash, done } = await transactChunk(session, (tx) => applyStep(tx, claim, progress, step));
      failpoint(done ? 'after-finish' : 'after-commit');
      progress.items = items;
      progress.chunks += 1;
      progress.crash = crash;
      return done;
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error;
    }
  }
}

async function applyStep(
  tx: Transaction,
  claim: Claim,
  progress: Progress,
  step: ReadyStep,
): Promise<Progress & { readonly done: boolean }> {
  const { rows, ...evidence } = await step.apply(tx);
  failpoint(evidence.done ? 'before-finish' : 'before-commit');
  const items = progress.items + (rows ?? count(evidence.outcomes).items);
  const crash = stillSuspect(progress.crash, items);
  const chunk = progress.chunks;
  await recordChunk(tx, claim.lease, { ...evidence, chunk, ...(crash && { crash }) });
  return { items, chunks: chunk + 1, crash, done: evidence.done };
}

/**
 * Sorts what ended a slice: the input's fault ends the task; a lost lease ends the slice in silence; an outage is waited
 * for; anything else is taken for the fault of the lines at hand, and narrowed down (`crash.ts`).
 */
async function settle(context: SliceContext, claim: Claim, progress: Progress, error: unknown): Promise<void> {
  const { pool, turns, log, stop } = context;
  const { lease } = claim;
  const failure = toTaskError(error);
  const outage = isOutage(error) || error instanceof StoreFullError;
  const crash = failure || outage || isConflict(error) ? undefined : markCrash(progress.crash, progress.items);
  if (error instanceof LeaseLostError) {
    log.info({ taskId: lease.taskId }, 'gave up a task that was stopped or taken over');
    return;
  }
  if (failure) log.info({ taskId: lease.taskId, code: failure.code }, failure.message);
  else log.error({ err: error, taskId: lease.taskId, crash }, 'a slice failed');
  await persist({ stop, log }, async () => {
    if (failure) await failTask(pool, lease, { code: failure.code, message: failure.message });
    else await releaseTask(pool, turns, lease, crash ? { crash } : { delaySeconds: 1 });
  });
}

function toTaskError(error: unknown): TaskError | undefined {
  if (error instanceof TaskError) return error;
  if (!(error instanceof FileMissingError)) return undefined;
  return new TaskError('file_missing', 'The uploaded file is not in the file store any more. Upload it again.');
}
