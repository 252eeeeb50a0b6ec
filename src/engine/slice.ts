import type { Logger } from 'pino';
import { FileMissingError } from '../files/file-store.ts';
import { NewerPlanError } from '../operations/plans.ts';
import { type Step, StepTooLargeError, type Work } from '../operations/work.ts';
import { type Pool, withNamedSession } from '../store/connection/pool.ts';
import type { Wire } from '../store/connection/wire.ts';
import { ElsewhereError } from '../store/elsewhere/errors.ts';
import { narrowSuspects, noteAtWork } from '../store/ledger/crashes.ts';
import type { Claim } from '../store/queue/claim.ts';
import { endSessionBefore, LeaseLostError, releaseTask, sessionName } from '../store/queue/lease.ts';
import { beginTask, failTask } from '../store/queue/task-work.ts';
import { chunkSize, type Records, refusePoison, stillSuspect } from '../task/crash.ts';
import { TaskError } from '../task/errors.ts';
import type { Beside } from './beside.ts';
import { type KeptLease, keepLease } from './keep-lease.ts';
import { leaveInTime } from './leave-in-time.ts';
import { type Activity, activityOf, type Meter, type SliceEnd } from './meter.ts';
import type { Share } from './share.ts';
import { failpoint } from './steps/failpoint.ts';
import { isNoFaultOfRecords, isRecordsTableGone } from './steps/fault.ts';
import { Pace } from './steps/pace.ts';
import { persist } from './steps/persist.ts';
import { ChunkSender, type Progress, type ReadyStep } from './steps/sending.ts';
import { stopwatch } from './steps/stopwatch.ts';
import { isTooMuch, refuse } from './steps/too-much.ts';
import { openTrace, type SliceTrace, type SliceTracer, type TracedSlice } from './tracer.ts';
import type { WarmTasks } from './warm.ts';

export interface SliceContext {
  readonly pool: Pool;
  readonly warm: WarmTasks;
  readonly beside: Beside;
  readonly log: Logger;
  readonly meter: Meter;
  /** Not given: no traces are kept. */
  readonly tracer?: SliceTracer;
  /** Records in a chunk at most. */
  readonly chunkRows: number;
  /** A turn's share of the worker's time. */
  readonly sliceMilliseconds: number;
  /** Set when the process is to stop: the slice ends with its chunk. */
  readonly stop: AbortSignal;
  /** Told of what ended a slice before its time. */
  readonly onError: (error: unknown) => void;
}

/** A claimed task at work. */
interface Slice {
  readonly context: SliceContext;
  readonly claim: Claim;
  readonly activity: Activity;
  readonly trace?: SliceTrace;
  /** What is committed. */
  readonly progress: Progress;
  readonly pace: Pace;
  readonly kept: KeptLease;
  /** Forgets about handing it back in time. */
  readonly stay: () => void;
}

function openSlice(context: SliceContext, claim: Claim): Slice {
  const activity = activityOf(claim);
  return {
    context,
    claim,
    activity,
    ...(context.tracer && { trace: openTrace(context.tracer, tracedSlice(claim, activity)) }),
    progress: { items: claim.items, chunks: claim.chunks, crashes: claim.crashes },
    pace: new Pace(context.chunkRows, claim.stepRecords),
    kept: keepLease(context.pool, claim.lease, context.log),
    stay: leaveInTime(context, claim.lease),
  };
}

function tracedSlice({ lease, action, traceContext }: Claim, activity: Activity): TracedSlice {
  return { taskId: lease.taskId, action, activity, number: lease.token, ...(traceContext && { parent: traceContext }) };
}

/** Where the work of a slice stopped: at the task's end, since it is to make way, since its next step is to be cut, or at a step that needs no turn. */
type Halt = 'done' | 'makes-way' | 'too-much' | PreparedStep;

type PreparedStep = Step & Required<Pick<Step, 'prepare'>>;

/** @param error that it ended with, where somebody should look at it */
function tellEnd({ context, activity, trace }: Slice, end: SliceEnd, error?: unknown): void {
  context.meter({ what: 'slice', activity, end });
  trace?.end(end, error);
}

/**
 * Works on a claimed task, chunk after chunk, until it is to make way, and then hands it back; or ends it.
 *
 * @returns whether the turn is done with it: it was ended, or is being ended beside the turns
 */
export async function runSlice(context: SliceContext, claim: Claim, share: Share): Promise<boolean> {
  const { pool, warm, beside } = context;
  const slice = openSlice(context, claim);
  let work: Work | undefined;
  let handedOver = false;
  try {
    failpoint('after-claim');
    if (blames(claim)) context.meter({ what: 'crash', cause: 'worker_lost' });
    refusePoison(claim);
    if (claim.lapsed) await endSessionBefore(pool, claim.lease);
    if (claim.crashes.length > 0) await noteAtWork(pool, claim.lease, nextRecords(slice, slice.progress));
    const opened = await warm.take(claim);
    work = opened;
    const end = await workThrough(slice, opened, share);
    if (end === 'done') {
      tellEnd(slice, 'completed');
      return true;
    }
    if (typeof end === 'object' && !beside.full()) {
      work = undefined;
      handedOver = true;
      beside.add(claim.lease.taskId, () => finishBeside(slice, opened, end));
      return true;
    }
    await opened.rest?.();
    await handBack(slice, end);
    tellEnd(slice, end === 'too-much' ? 'cut' : 'yielded');
    if (end !== 'makes-way') return false;
    work = undefined;
    await warm.keep(claim.lease.taskId, opened);
    return false;
  } catch (error) {
    await settle(slice, error);
    return false;
  } finally {
    if (!handedOver) close(slice);
    await work?.close();
  }
}

/** Whether the task was taken over from a dead worker, with its current records. */
function blames({ lapsed, lease, crashes }: Claim): boolean {
  return lapsed && crashes.some(({ token }) => token === lease.token - 1);
}

function close({ kept, stay }: Slice): void {
  kept.stop();
  stay();
}

/** With what the next slice should know of the steps; one that finds no room for what it does beside the turns waits for it. */
async function handBack({ context, claim, pace }: Slice, end: Halt): Promise<void> {
  await releaseTask(context.pool, claim.lease, {
    ...(typeof end === 'object' && { delaySeconds: 1 }),
    ...(pace.known !== (claim.stepRecords ?? null) && { stepRecords: pace.known }),
  });
}

/** The records of the next chunk: at work alone, as long as there are suspects. */
function nextRecords({ context, pace }: Slice, { items, crashes }: Progress): Records {
  return { from: items, to: items + Math.min(chunkSize(crashes, items, context.chunkRows), pace.records) };
}

async function workThrough(slice: Slice, work: Work, share: Share): Promise<Halt> {
  const { context, claim, progress, pace } = slice;
  const begun = performance.now();
  return withNamedSession(context.pool, sessionName(claim.lease), async (session) => {
    const begin = claim.begun ? Promise.resolve() : beginTask(session, claim.lease, work.plan);
    const sender = openSender(slice, { session, work, begun: begin });
    do {
      const start = performance.now();
      const end = await takeStep(slice, work, sender);
      if (end !== 'goes-on') return end;
      // What is at work next is written down already where something is suspect.
      if (progress.crashes.length === 0) pace.took(performance.now() - start, share.roundTrip);
    } while (!share.makesWay(performance.now() - begun) && !context.stop.aborted);
    await sender.settle();
    return 'makes-way';
  });
}

/** What a sender of chunks works with. */
interface Sending {
  readonly session: Wire;
  readonly work: Work;
  readonly begun: Promise<void>;
}

function openSender(slice: Slice, { session, work, begun }: Sending): ChunkSender {
  const { context, claim, activity, progress, pace, trace } = slice;
  const { meter } = context;
  const { lease } = claim;
  const suspicious = () => progress.crashes.length > 0;
  return new ChunkSender({
    ...{ session, lease, progress, begun },
    seconds: () => pace.seconds,
    onChunk({ counters, records, seconds }) {
      const { inserts: inserted, updates: updated, deletes: deleted, skips: skipped, errors: errored } = counters;
      const rows = activity === 'export' ? { exported: records } : { inserted, updated, deleted, skipped, errored };
      meter({ what: 'chunk', activity, rows, seconds });
      trace?.chunk(rows, seconds);
    },
    onConflict: () => meter({ what: 'conflict', activity }),
    // Under suspicion a chunk is alone at work.
    busy: () => suspicious() || work.readAhead?.(lengthOf(nextRecords(slice, progress))),
    async narrow(reached, done) {
      if (!suspicious()) return [];
      const crashes = done ? [] : stillSuspect(progress.crashes, reached.items);
      const next = crashes.length > 0 ? nextRecords(slice, { ...reached, crashes }) : undefined;
      await narrowSuspects(session, lease, { behind: done ? Number.MAX_SAFE_INTEGER : reached.items, next });
      return crashes;
    },
  });
}

function lengthOf({ from, to }: Records): number {
  return to - from;
}

/** Reads and sends the next step; one that is too much is to be cut, or is refused where there is nothing left to cut. */
async function takeStep(slice: Slice, work: Work, sender: ChunkSender): Promise<Halt | 'goes-on'> {
  const { context, claim, progress, pace } = slice;
  const size = lengthOf(nextRecords(slice, progress));
  const suspicious = progress.crashes.length > 0;
  let step: Step | undefined;
  const readied = stopwatch();
  try {
    step = await nextStep(work, size, sender);
    if (isPrepared(step)) {
      await sender.settle();
      if (!suspicious) return step;
      await step.prepare(AbortSignal.any([context.stop, slice.kept.lost]));
    }
    const ahead = work.readAhead !== undefined && !suspicious && pace.isFull && !step.alone;
    return (await sender.send({ step, prepareSeconds: readied() }, ahead)) ? 'done' : 'goes-on';
  } catch (error) {
    if (!isTooMuch(error)) throw error;
    const slow = sender.failed ?? step;
    const cut = cutPace(pace, slow?.records ?? size, error);
    context.log.info({ taskId: claim.lease.taskId, cut }, 'a step was undone');
    if (cut) return 'too-much';
    const refused: ReadyStep = { step: await refuse(context.pool, claim, slow, error), prepareSeconds: 0 };
    return (await sender.send(refused, false)) ? 'done' : 'goes-on';
  }
}

/** What was read before stands, although what comes next cannot be read. */
async function nextStep(work: Work, size: number, sender: ChunkSender): Promise<Step> {
  try {
    return await work.next(size);
  } catch (error) {
    await sender.settle();
    throw error;
  }
}

function isPrepared(step: Step): step is PreparedStep {
  return step.prepare !== undefined;
}

/** @returns whether there was something to cut: the step was not of a single record already */
function cutPace(pace: Pace, records: number, error: unknown): boolean {
  const before = pace.records;
  pace.cut(records, error instanceof StepTooLargeError ? error.fits : undefined);
  return before > 1;
}

/** Ends a task by a step that takes long and needs no turn, with its lease kept meanwhile. */
async function finishBeside(slice: Slice, work: Work, step: PreparedStep): Promise<void> {
  const { context, claim, kept } = slice;
  const { pool, stop, log } = context;
  const readied = stopwatch();
  try {
    await step.prepare(AbortSignal.any([stop, kept.lost]));
    const ready: ReadyStep = { step, prepareSeconds: readied() };
    await withNamedSession(pool, sessionName(claim.lease), (session) =>
      openSender(slice, { session, work, begun: Promise.resolve() }).send(ready, false),
    );
    tellEnd(slice, 'completed');
  } catch (error) {
    await settle(slice, error);
  } finally {
    close(slice);
    await work.close().catch((error: Error) => log.warn({ err: error }, 'could not close a task'));
  }
}

/**
 * Sorts what ended a slice: the input's fault ends the task; a lost lease ends the slice in silence; an outage is waited
 * for; anything else is attributed to the current records, and narrowed down (`crash.ts`). In any case the task is released
 * if the worker is still alive, since an expired lease counts as a crash.
 */
async function settle(slice: Slice, error: unknown): Promise<void> {
  const { context, claim, progress, kept } = slice;
  const { pool, log, stop } = context;
  const { lease } = claim;
  const failure = toTaskError(error);
  const lost = error instanceof LeaseLostError;
  const stopped = stop.aborted && error === stop.reason;
  const innocent = lost || stopped || isNoFaultOfRecords(error);
  const crash = kept.hung() || !innocent ? nextRecords(slice, progress) : undefined;
  context.onError(error);
  const end = failure ? 'failed' : lost ? 'lost' : crash ? 'crashed' : 'interrupted';
  tellEnd(slice, end, lost || stopped ? undefined : (failure ?? error));
  if (crash && !failure) context.meter({ what: 'crash', cause: kept.hung() ? 'hang' : 'error' });
  if (lost) log.info({ taskId: lease.taskId }, 'dropped a task that was stopped or taken over');
  // Its message is for the submitter: it quotes what was sent.
  else if (failure) log.info({ taskId: lease.taskId, code: failure.code }, 'a task failed');
  else if (error instanceof NewerPlanError) log.warn({ taskId: lease.taskId }, error.message);
  else if (error instanceof ElsewhereError) log.warn({ err: error, taskId: lease.taskId }, error.message);
  else if (!stopped) log.error({ err: error, taskId: lease.taskId, crash }, 'a slice failed');
  await persist({ stop, log }, async () => {
    if (failure && (await failed(pool, claim, failure))) return;
    const delaySeconds = lost || stopped || crash ? 0 : retrySeconds(error);
    await releaseTask(pool, lease, { ...(!failure && { crash }), delaySeconds });
  });
}

/** For how long a task waits that was interrupted through no fault of its own, s. */
function retrySeconds(error: unknown): number {
  return error instanceof ElsewhereError ? error.retrySeconds : 1;
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
  if (isRecordsTableGone(error)) {
    const message = `The table of the resource was removed: ${error.message}. Lines before this one are applied.`;
    return new TaskError('table_changed', message);
  }
  if (!(error instanceof FileMissingError)) return undefined;
  return new TaskError('file_missing', 'The uploaded file is no longer in the file store. Upload it again.');
}
