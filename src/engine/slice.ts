import type { Logger } from 'pino';
import { FileMissingError } from '../files/file-store.ts';
import type { Work } from '../operations/work.ts';
import { narrowSuspects, noteAtWork } from '../store/crashes.ts';
import {
  beginTask,
  type Claim,
  endSessionBefore,
  failTask,
  LeaseLostError,
  releaseOn,
  releaseTask,
  sessionName,
} from '../store/leases.ts';
import { type Pool, withNamedSession } from '../store/pool.ts';
import type { Turns } from '../store/turns.ts';
import { chunkSize, type Records, refusePoison, stillSuspect } from '../task/crash.ts';
import { TaskError } from '../task/errors.ts';
import { failpoint } from './failpoint.ts';
import { isNoFaultOfRecords } from './fault.ts';
import { keepLease } from './keep-lease.ts';
import { leaveInTime } from './leave-in-time.ts';
import { persist } from './persist.ts';
import { ChunkSender, type Progress } from './sending.ts';
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

/**
 * Where setting a slice up is dear, it lasts so many times as long, if nobody waits for a turn: at 200 ms to the database all that
 * stands between two slices takes a second and more.
 */
const SET_UPS = 8;
const DEAR_MILLISECONDS = 1_000;
const LONGEST_MILLISECONDS = 10_000;

/**
 * Works on a claimed task for a slice's time, chunk after chunk, and then hands it back; or ends it.
 *
 * @param since when the turn was taken, by `performance.now()`
 */
export async function runSlice(context: SliceContext, claim: Claim, since = performance.now()): Promise<void> {
  const { pool, warm } = context;
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
    const done = await workThrough(context, { claim, work, progress, setUp: performance.now() - since });
    if (!done) {
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

interface Slice {
  readonly claim: Claim;
  readonly work: Work;
  /** What is committed. */
  readonly progress: Progress;
  /** Milliseconds from the turn to the first step. */
  readonly setUp: number;
}

/** @returns whether there is no more to do; else the task is handed back */
async function workThrough(context: SliceContext, { claim, work, progress, setUp }: Slice): Promise<boolean> {
  const { lease } = claim;
  const suspicious = () => progress.crashes.length > 0;
  const size = () => {
    const { from, to } = nextRecords(context, progress);
    return to - from;
  };
  return withNamedSession(context.pool, sessionName(lease), async (session) => {
    const begun = claim.begun ? Promise.resolve() : beginTask(session, lease, work.plan);
    begun.catch(() => {});
    const sender = new ChunkSender({
      ...{ session, lease, progress, begun },
      // Under suspicion a chunk is alone at work.
      busy: () => suspicious() || work.readAhead?.(size()),
      narrow: async ({ items, chunks }, done) => {
        if (!suspicious()) return [];
        const crashes = done ? [] : stillSuspect(progress.crashes, items);
        const next = crashes.length > 0 ? nextRecords(context, { items, chunks, crashes }) : undefined;
        await narrowSuspects(session, lease, { behind: done ? Number.MAX_SAFE_INTEGER : items, next });
        return crashes;
      },
    });
    const isOver = clock(context, setUp);
    do {
      const step = await work.next(size()).catch(async (error: unknown) => {
        await sender.settle();
        throw error;
      });
      if (await sender.send(step, work.readAhead !== undefined && !suspicious())) return true;
    } while (!isOver());
    await sender.settle();
    await work.rest?.();
    await releaseOn(session, context.turns, lease);
    return false;
  });
}

/** Tells when a slice is over that begins now. */
function clock({ turns, sliceMilliseconds, stop }: SliceContext, setUp: number): () => boolean {
  const now = performance.now();
  const dear = Math.min(setUp * SET_UPS, LONGEST_MILLISECONDS);
  const end = now + sliceMilliseconds;
  const longer = dear > DEAR_MILLISECONDS ? now + dear : end;
  let asking = false;
  let wanted = false;
  // The answer is for a later step: the work goes on meanwhile.
  const ask = async () => {
    asking = true;
    wanted = await turns.waiting().catch(() => true);
    asking = false;
  };
  return () => {
    const time = performance.now();
    if (stop.aborted || wanted || time >= Math.max(end, longer)) return true;
    if (time >= end && !asking) void ask();
    return false;
  };
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
