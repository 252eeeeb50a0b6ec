import type { Logger } from 'pino';
import { FileMissingError } from '../files/file-store.ts';
import type { Step, StepResult, Work } from '../operations/work.ts';
import { narrowSuspects, noteAtWork } from '../store/crashes.ts';
import {
  type Claim,
  endSessionBefore,
  failTask,
  LeaseLostError,
  recordChunk,
  releaseTask,
  sessionName,
  transactChunk,
} from '../store/leases.ts';
import { isConflict, type Pool, type Transaction, withSession } from '../store/pool.ts';
import type { Turns } from '../store/turns.ts';
import { type Crash, chunkSize, type Records, refusePoison, stillSuspect } from '../task/crash.ts';
import { TaskError } from '../task/errors.ts';
import { count } from '../task/ledger.ts';
import { failpoint, failpointLines } from './failpoint.ts';
import { isNoFaultOfRecords } from './fault.ts';
import { keepLease } from './keep-lease.ts';
import { leaveInTime } from './leave-in-time.ts';
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
  /** Told of what ended a slice before its time. */
  readonly onError: (error: unknown) => void;
}

/** How far a slice is: what the next chunk's ledger row continues from. */
interface Progress {
  /** Records done, as `Claim.items` counts them. */
  items: number;
  chunks: number;
  /** What of the work ahead is suspect. */
  crashes: readonly Crash[];
}

/** Tries at a chunk whose transaction meets another's, before the slice is given up. */
const CONFLICT_TRIES = 5;

/** Works on a claimed task for a slice's time, chunk after chunk, and then hands it back; or ends it. */
export async function runSlice(context: SliceContext, claim: Claim): Promise<void> {
  const { pool, turns, warm } = context;
  const progress: Progress = { items: claim.items, chunks: claim.chunks, crashes: claim.crashes };
  const kept = keepLease(pool, claim.lease, context.log);
  const stay = leaveInTime(context, claim.lease);
  let work: Work | undefined;
  try {
    failpoint('after-claim');
    refusePoison(claim);
    if (claim.lapsed) await endSessionBefore(pool, claim.lease);
    if (progress.crashes.length > 0) await noteAtWork(pool, claim.lease, nextRecords(context, progress));
    work = await warm.take(claim);
    const done = await workThrough(context, claim, work, progress);
    if (!done) {
      await work.rest?.();
      await releaseTask(pool, turns, claim.lease);
      await warm.keep(claim.lease.taskId, work);
      work = undefined;
    }
  } catch (error) {
    await settle(context, { claim, progress, hung: kept.hung() }, error);
  } finally {
    kept.stop();
    stay();
    await work?.close();
  }
}

/** The records of the next chunk: at work alone, as long as there are suspects. */
function nextRecords({ chunkRows }: SliceContext, { items, crashes }: Progress): Records {
  return { from: items, to: items + chunkSize(crashes, items, chunkRows) };
}

/** @returns whether there is no more to do */
async function workThrough(context: SliceContext, claim: Claim, work: Work, progress: Progress): Promise<boolean> {
  const end = Date.now() + context.sliceMilliseconds;
  return withSession(context.pool, sessionName(claim.lease), async (session) => {
    do {
      const { from, to } = nextRecords(context, progress);
      const step = await work.next(to - from);
      // Under suspicion a chunk is alone at work.
      const busy = progress.crashes.length > 0 ? () => {} : () => work.readAhead?.(to - from);
      const ready = { ...step, apply: (tx: Transaction) => step.apply(tx, busy) };
      if (await commitStep({ context, session, claim, progress }, ready)) return true;
    } while (Date.now() < end && !context.stop.aborted);
    return false;
  });
}

/** A slice with its session. */
interface Slice {
  readonly context: SliceContext;
  readonly session: Transaction;
  readonly claim: Claim;
  readonly progress: Progress;
}

/** A step whose slice knows what to do meanwhile. */
interface ReadyStep extends Pick<Step, 'lines'> {
  apply(tx: Transaction): Promise<StepResult>;
}

/** Effect and evidence of one step in one transaction. @returns whether it was the last */
async function commitStep(slice: Slice, step: ReadyStep): Promise<boolean> {
  if (step.lines) failpointLines(step.lines.first, step.lines.last);
  for (let tries = 1; ; tries += 1) {
    try {
      const { done, ...reached } = await transactChunk(slice.session, (tx) => applyStep(tx, slice, step));
      failpoint(done ? 'after-finish' : 'after-commit');
      Object.assign(slice.progress, reached);
      return done;
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error;
    }
  }
}

async function applyStep(
  tx: Transaction,
  { context, claim, progress }: Slice,
  step: ReadyStep,
): Promise<Progress & { readonly done: boolean }> {
  const { rows, ...evidence } = await step.apply(tx);
  const { done } = evidence;
  failpoint(done ? 'before-finish' : 'before-commit');
  const items = progress.items + (rows ?? count(evidence.outcomes).items);
  await recordChunk(tx, claim.lease, { ...evidence, chunk: progress.chunks });
  const reached = { items, chunks: progress.chunks + 1, crashes: done ? [] : stillSuspect(progress.crashes, items) };
  if (progress.crashes.length > 0) {
    const next = reached.crashes.length > 0 ? nextRecords(context, reached) : undefined;
    await narrowSuspects(tx, claim.lease, { behind: done ? Number.MAX_SAFE_INTEGER : items, next });
  }
  return { ...reached, done };
}

/** How a slice ended that did not end well. */
interface Ending {
  readonly claim: Claim;
  readonly progress: Progress;
  /** The process did nothing for so long that its lease may have run out by that. */
  readonly hung: boolean;
}

/**
 * Sorts what ended a slice: the input's fault ends the task; a lost lease ends the slice in silence; an outage is waited
 * for; anything else is taken for the fault of the records at work, and narrowed down (`crash.ts`). Whatever it was, the task is handed
 * back by whoever lives to do so, since a lease that runs out is taken for a crash.
 */
async function settle(context: SliceContext, { claim, progress, hung }: Ending, error: unknown): Promise<void> {
  const { pool, turns, log, stop } = context;
  const { lease } = claim;
  const failure = toTaskError(error);
  const lost = error instanceof LeaseLostError;
  const crash = hung || !(lost || isNoFaultOfRecords(error)) ? nextRecords(context, progress) : undefined;
  context.onError(error);
  if (lost) log.info({ taskId: lease.taskId }, 'gave up a task that was stopped or taken over');
  // Its message is for the submitter: it quotes what was sent.
  else if (failure) log.info({ taskId: lease.taskId, code: failure.code }, 'a task failed');
  else log.error({ err: error, taskId: lease.taskId, crash }, 'a slice failed');
  await persist({ stop, log }, async () => {
    if (failure && (await failed(pool, claim, failure))) return;
    await releaseTask(pool, turns, lease, { ...(!failure && { crash }), delaySeconds: lost || crash ? 0 : 1 });
  });
}

/** @returns whether the task is failed now: not when its lease is lost */
async function failed(pool: Pool, { lease }: Claim, { code, message }: TaskError): Promise<boolean> {
  try {
    await failTask(pool, lease, { code, message });
    return true;
  } catch (error) {
    if (error instanceof LeaseLostError) return false;
    throw error;
  }
}

function toTaskError(error: unknown): TaskError | undefined {
  if (error instanceof TaskError) return error;
  if (!(error instanceof FileMissingError)) return undefined;
  return new TaskError('file_missing', 'The uploaded file is not in the file store any more. Upload it again.');
}
