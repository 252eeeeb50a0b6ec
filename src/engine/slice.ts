import type { Logger } from 'pino';
import { FileMissingError } from '../files/file-store.ts';
import { applyImport, type Target } from '../operations/import/apply.ts';
import { type Claim, failTask, LeaseLostError, recordChunk, releaseTask, sessionName } from '../store/leases.ts';
import { isConflict, isOutage, type Pool, type Transaction, transact, withSession } from '../store/pool.ts';
import type { Turns } from '../store/turns.ts';
import { TaskError } from '../task/errors.ts';
import { type ChunkOutcomes, emptyOutcomes } from '../task/ledger.ts';
import type { CrashMark } from '../task/task.ts';
import type { Chunk } from './chunks.ts';
import { chunkSize, markCrash, refusePoison, stillSuspect } from './crash.ts';
import { failpoint } from './failpoint.ts';
import { keepLease } from './keep-lease.ts';
import { persist } from './persist.ts';
import type { Prepared } from './prepare.ts';
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
  let prepared: Prepared | undefined;
  try {
    failpoint('after-claim');
    refusePoison(progress.crash, claim.cursor);
    prepared = await warm.take(claim);
    const done = await workThrough(context, claim, prepared, progress);
    if (!done) {
      await releaseTask(pool, turns, claim.lease);
      await warm.keep(claim.lease.taskId, prepared);
      prepared = undefined;
    }
  } catch (error) {
    await settle(context, claim, progress, error);
  } finally {
    kept.stop();
    await prepared?.chunks.close();
  }
}

/** @returns whether the input is at its end */
async function workThrough(
  context: SliceContext,
  claim: Claim,
  prepared: Prepared,
  progress: Progress,
): Promise<boolean> {
  const { resource, check, chunks } = prepared;
  const target: Target = {
    resource,
    check,
    organizationId: claim.lease.organizationId,
    override: claim.config.override,
  };
  const end = Date.now() + context.sliceMilliseconds;
  return withSession(context.pool, sessionName(claim.lease), async (session) => {
    do {
      const chunk = await chunks.next(chunkSize(progress.crash, context.chunkRows), progress.crash === undefined);
      await commitChunk(session, claim, target, chunk, progress);
      if (chunk.done) return true;
    } while (Date.now() < end && !context.stop.aborted);
    return false;
  });
}

/** Effect and evidence of one chunk in one transaction. */
async function commitChunk(
  session: Transaction,
  claim: Claim,
  target: Target,
  chunk: Chunk,
  progress: Progress,
): Promise<void> {
  const { start, lastLine, cursor, consumedBytes, done } = chunk;
  const items = chunk.rows.length + chunk.errored.length;
  const crash = stillSuspect(progress.crash, progress.items + items);
  for (let tries = 1; ; tries += 1) {
    try {
      await transact(session, async (tx) => {
        const outcomes = await apply(tx, target, chunk);
        if (done) failpoint('before-finish');
        else failpoint('before-commit');
        const evidence = {
          chunk: progress.chunks,
          outcomes,
          start,
          lastLine,
          cursor,
          consumedBytes,
          done,
        };
        await recordChunk(tx, claim.lease, crash ? { ...evidence, crash } : evidence);
      });
      break;
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error;
    }
  }
  failpoint(done ? 'after-finish' : 'after-commit');
  progress.items += items;
  progress.chunks += items > 0 ? 1 : 0;
  progress.crash = crash;
}

async function apply(tx: Transaction, target: Target, chunk: Chunk): Promise<ChunkOutcomes> {
  const outcomes = { ...emptyOutcomes(), errored: chunk.errored };
  const applied = await applyImport(tx, target, chunk.rows);
  for (const [index, row] of chunk.rows.entries()) outcomes[applied[index] ?? 'skipped'].push(row.line);
  return outcomes;
}

/**
 * Sorts what ended a slice: the input's fault ends the task; a lost lease ends the slice in silence; an outage is waited
 * for; anything else is taken for the fault of the lines at hand, and narrowed down (`crash.ts`).
 */
async function settle(context: SliceContext, claim: Claim, progress: Progress, error: unknown): Promise<void> {
  const { pool, turns, log, stop } = context;
  const { lease } = claim;
  const failure = toTaskError(error);
  const crash = failure || isOutage(error) || isConflict(error) ? undefined : markCrash(progress.crash, progress.items);
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
