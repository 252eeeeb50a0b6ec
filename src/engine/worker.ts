import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { FileStore } from '../files/file-store.ts';
import { revertDue } from '../operations/act/revert.ts';
import { removeUselessParts } from '../operations/export/parts.ts';
import { listen } from '../store/connection/listen.ts';
import { isOutage, type Pool } from '../store/connection/pool.ts';
import type { Elsewhere } from '../store/elsewhere/databases.ts';
import { forgetDryRun } from '../store/ledger/dry-runs.ts';
import { keepTaskCounts } from '../store/lists/task-counts.ts';
import type { RetentionDays } from '../store/platform/retention.ts';
import { type Claimant, claimTask } from '../store/queue/claim.ts';
import { endLeases } from '../store/queue/lease.ts';
import { openSweeps, type Sweeps } from '../store/queue/sweeps.ts';
import { openTurns, TURN_CHANNEL, type Turn, type Turns } from '../store/queue/turns.ts';
import { startScheduled } from '../store/tasks/scheduled.ts';
import { recordsAtWork } from '../task/crash.ts';
import { openBeside } from './beside.ts';
import { removeOldMarkers } from './cleanup/markers.ts';
import { runSweep } from './cleanup/sweep.ts';
import { watchContact } from './contact.ts';
import type { Meter } from './meter.ts';
import { openShare, type Share } from './share.ts';
import { runSlice, type SliceContext } from './slice.ts';
import { prepare } from './steps/prepare.ts';
import type { SliceTracer } from './tracer.ts';
import { openWarmTasks } from './warm.ts';

export interface WorkerOptions {
  readonly pool: Pool;
  /** Database of `pool`, for the connection that listens. */
  readonly databaseUrl: string;
  readonly files: FileStore;
  /** Where records are that are not in `pool`'s database; not given: nowhere. */
  readonly elsewhere?: Elsewhere;
  readonly log: Logger;
  readonly meter: Meter;
  /** Without it, no traces are exported. */
  readonly tracer?: SliceTracer;
  /** Name of the lease's holder, for people who read the table. */
  readonly name: string;
  readonly chunkRows: number;
  readonly sliceMilliseconds: number;
  /** For organizations that set no periods of their own. */
  readonly retention: RetentionDays;
  /** Between two sweeps; one worker of all runs each. */
  readonly sweepMinutes: number;
  /** What time it is, for what waits for its time or has an end; the database's clock when not given. Leases are always by that one. */
  readonly clock?: () => Date;
  /** Ends the worker: the chunk at hand is finished, the task handed back. */
  readonly stop: AbortSignal;
}

/** Turns are announced; this is for an announcement that was missed. */
const POLL_MILLISECONDS = 2_000;
/** How often every worker gives the tasks of dead workers a turn again (their leases run out after 30 s) and deletes what ended exports and dry runs left. */
const HOUSEKEEPING_MILLISECONDS = 5_000;
/** Scheduled tasks start and timed actions end within this. */
const DUE_MILLISECONDS = 1_000;
/** How often a worker looks for a sweep that is due. */
const SWEEP_MILLISECONDS = 10_000;
/** How often every worker looks for markers of tasks that have ended. */
const MARKERS_MILLISECONDS = 60_000;

/** After a turn that could not be taken: at first, and at most. */
const PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/** Takes turns one after the other until it is stopped; the database can be unavailable at any time, including the start. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { pool, log, meter, stop } = options;
  const contact = watchContact(() => meter({ what: 'outage' }));
  const onFailureOf = (what: string) => (error: unknown) => {
    contact.note(error);
    log.warn({ err: error }, `${what} failed; trying again`);
  };
  const turns = openTurns({ pool, shareMilliseconds: options.sliceMilliseconds });
  let sweeps: Sweeps | undefined;
  const warm = openWarmTasks((claim) => prepare(options, claim));
  const beside = openBeside();
  const context: TurnContext = { ...options, turns, warm, beside, onError: contact.note };
  const bell = makeBell(stop);
  const listening = listen({
    url: options.databaseUrl,
    channels: [TURN_CHANNEL],
    onNotify() {
      bell.ring();
      context.share?.news();
    },
    onConnect: bell.ring,
    onError: onFailureOf('listening for turns'),
  });
  const onSweepFailure = onFailureOf('the sweep');
  const housekeeping = [
    every(HOUSEKEEPING_MILLISECONDS, turns.giveLost, onFailureOf('recovering lost tasks')),
    every(
      HOUSEKEEPING_MILLISECONDS,
      () => removeUselessParts(options),
      onFailureOf('deleting the parts of ended exports'),
    ),
    every(HOUSEKEEPING_MILLISECONDS, () => forgetDryRuns(context), onFailureOf('deleting the keys of ended dry runs')),
    every(MARKERS_MILLISECONDS, () => removeOldMarkers(options).then(() => {}), onFailureOf('removing markers')),
    keepTaskCounts(pool, onFailureOf('counting tasks')),
    every(
      DUE_MILLISECONDS,
      () => startScheduled(pool, turns, options.clock?.()),
      onFailureOf('starting scheduled tasks'),
    ),
    every(
      SWEEP_MILLISECONDS,
      async () => {
        // Only now: an unavailable database must not keep a worker from its turns.
        sweeps ??= await openSweeps({ pool, everyMinutes: options.sweepMinutes, onError: onSweepFailure });
        await takeSweep(options, sweeps);
      },
      onSweepFailure,
    ),
    every(DUE_MILLISECONDS, () => revertDue(pool, stop, options.clock?.()), onFailureOf('reverting timed actions')),
  ];
  try {
    const claimant = () => ({
      name: options.name,
      atWork: recordsAtWork(options.chunkRows),
      steadySeconds: contact.steadySeconds(),
    });
    await takeTurns({ context, claimant, bell });
  } finally {
    for (const timer of housekeeping) await timer.stop();
    const onError = (error: unknown) => log.warn({ err: error }, 'could not close a connection');
    for (const part of [beside, listening, warm, sweeps]) await part?.close().catch(onError);
  }
}

interface TurnContext extends SliceContext {
  readonly turns: Turns;
  /** Of the turn at hand. */
  share?: Share;
}

interface Loop {
  readonly context: TurnContext;
  readonly claimant: () => Claimant;
  readonly bell: Bell;
}

/** A worker survives every error of a turn: another worker would have the same error. */
async function takeTurns({ context, claimant, bell }: Loop): Promise<void> {
  const { pool, turns, beside, log, stop } = context;
  for (let failures = 0; !stop.aborted; ) {
    try {
      // A claim without a response would hold its task without any worker knowing it.
      const idle = { holder: claimant().name, how: 'idle' as const, except: beside.tasks() };
      if (failures > 0) await endLeases({ pool, turns }, idle);
      failures = 0;
      if (!(await takeTurn(context, claimant))) await bell.wait(POLL_MILLISECONDS);
    } catch (error) {
      failures += 1;
      context.onError(error);
      if (isOutage(error)) log.warn({ err: error }, 'could not take a turn: no connection to the database');
      else log.error({ err: error }, 'could not take a turn');
      const wait = Math.min(PAUSE_MILLISECONDS * failures, LONGEST_PAUSE_MILLISECONDS);
      await sleep(wait, undefined, { signal: stop }).catch(() => {});
    }
  }
}

/**
 * While this worker has a turn, it takes a quarter of a connection's time: a check of a million rows leaves as many keys, whose deletion
 * would otherwise hold up the import of the same file.
 */
async function forgetDryRuns(context: TurnContext): Promise<void> {
  const { pool, stop } = context;
  for (let begun = Date.now(); !stop.aborted && (await forgetDryRun(pool)) > 0; begun = Date.now()) {
    if (context.share) await sleep(3 * (Date.now() - begun), undefined, { signal: stop }).catch(() => {});
  }
}

/** Runs something periodically, never twice at the same time. */
function every(milliseconds: number, run: () => Promise<void>, onError: (error: unknown) => void) {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= run()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, milliseconds);
  return {
    /** Waits for the current run. */
    async stop(): Promise<void> {
      clearInterval(timer);
      await running;
    },
  };
}

/** @returns whether there was a turn to take */
async function takeTurn(context: TurnContext, claimant: () => Claimant): Promise<boolean> {
  const turn = await context.turns.take();
  if (!turn) return false;
  context.meter({ what: 'turn', waitSeconds: turn.waitedSeconds });
  const share = openShare(context, turn);
  context.share = share;
  // An error of one organization must not keep the others waiting: it is charged a whole turn.
  let refund = false;
  try {
    await workTurn({ context, turn, share }, claimant);
    refund = true;
  } finally {
    delete context.share;
    await share.end({ refund });
  }
  return true;
}

interface TurnAtHand {
  readonly context: TurnContext;
  readonly turn: Turn;
  readonly share: Share;
}

/** Task after task of the organization, as long as the turn's share lasts: so a hundred small ones need one turn. */
async function workTurn({ context, turn, share }: TurnAtHand, claimant: () => Claimant): Promise<void> {
  for (let more = true; more && !share.over() && !context.stop.aborted; ) {
    const claim = await claimTask(context.pool, turn, claimant());
    if (!claim) return;
    const ended = await runSlice(context, claim, share);
    // A task that was submitted after the claim has its own waiting turn.
    more = claim.more || !ended;
  }
}

/** Runs a sweep if one is due. What it cannot finish before this process ends is left to the next one. */
async function takeSweep({ clock, ...options }: WorkerOptions, sweeps: Sweeps): Promise<void> {
  const sweep = await sweeps.take();
  if (!sweep) return;
  await runSweep({ ...options, now: clock?.() });
  await sweeps.settle(sweep);
}

interface Bell {
  ring(): void;
  wait(milliseconds: number): Promise<void>;
}

/** Something to wait for that rings at once if it rang since the last wait. */
function makeBell(stop: AbortSignal): Bell {
  let rang = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rang = true;
    wake?.();
  };
  stop.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async wait(milliseconds) {
      if (!rang) {
        const timeout = new AbortController();
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([woken, sleep(milliseconds, undefined, { signal: timeout.signal }).catch(() => {})]);
        timeout.abort();
      }
      rang = false;
    },
  };
}
