import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { FileStore } from '../files/file-store.ts';
import { revertDue } from '../operations/act/revert.ts';
import { removeUselessParts } from '../operations/export/parts.ts';
import { forgetDryRun } from '../store/dry-runs.ts';
import { type Claimant, claimTask, endLeases, giveLostTurns } from '../store/leases.ts';
import { listen } from '../store/listen.ts';
import { patiently } from '../store/patience.ts';
import { isOutage, type Pool } from '../store/pool.ts';
import type { RetentionDays } from '../store/retention.ts';
import { openRounds, type Rounds } from '../store/rounds.ts';
import { startScheduled } from '../store/scheduled.ts';
import { keepTaskCounts } from '../store/task-counts.ts';
import { openTurns, TURN_CHANNEL } from '../store/turns.ts';
import { recordsAtWork } from '../task/crash.ts';
import { doChores } from './chores.ts';
import { watchContact } from './contact.ts';
import { prepare } from './prepare.ts';
import { runSlice, type SliceContext } from './slice.ts';
import { openWarmTasks } from './warm.ts';

export interface WorkerOptions {
  readonly pool: Pool;
  /** Database of `pool`, for the connection that listens. */
  readonly databaseUrl: string;
  readonly files: FileStore;
  readonly log: Logger;
  /** Who holds a lease, for people who look at the table. */
  readonly name: string;
  readonly chunkRows: number;
  readonly sliceMilliseconds: number;
  /** For organizations that set no periods of their own. */
  readonly retention: RetentionDays;
  /** Between two rounds of the chores, which one worker of all does. */
  readonly sweepMinutes: number;
  /** What time it is, for what waits for its time or has an end; the database's clock when not given. Leases are always by that one. */
  readonly clock?: () => Date;
  /** Ends the worker: the chunk at hand is finished, the task handed back. */
  readonly stop: AbortSignal;
}

/** Turns are announced; this is for an announcement that was missed. */
const POLL_MILLISECONDS = 2_000;
/** A dead worker's task is taken up when its lease (30 s) has run out, at the next sweep; what exports and dry runs kept that are over is removed. */
const SWEEP_MILLISECONDS = 5_000;
/** What waits for its time begins, and what is for a time ends, within this. */
const DUE_MILLISECONDS = 1_000;
/** A round of chores is taken up within this. */
const ROUND_MILLISECONDS = 10_000;

/** After a turn that could not be taken: at first, and at most. */
const PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/** Takes turns and works them off, one slice at a time, until it is stopped; the database may be away at any time, the start included. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { pool, log, stop } = options;
  const contact = watchContact();
  const onError = (error: unknown) => {
    contact.note(error);
    log.warn({ err: error }, 'database trouble');
  };
  const turns = await patiently(options, () => openTurns({ pool, supervise: true, onError }));
  const rounds = await patiently(options, () => openRounds({ pool, everyMinutes: options.sweepMinutes, onError }));
  const warm = openWarmTasks((claim) => prepare(options, claim));
  const context: SliceContext = { ...options, turns, warm, onError: contact.note };
  const bell = makeBell(stop);
  const listening = listen({
    url: options.databaseUrl,
    channels: [TURN_CHANNEL],
    onNotify: bell.ring,
    onConnect: bell.ring,
    onError,
  });
  const sweeps = [
    every(SWEEP_MILLISECONDS, () => giveLostTurns(pool, turns), onError),
    every(SWEEP_MILLISECONDS, () => removeUselessParts(options), onError),
    every(SWEEP_MILLISECONDS, () => forgetDryRuns(options), onError),
    keepTaskCounts(pool, onError),
    every(DUE_MILLISECONDS, () => startScheduled(pool, turns, options.clock?.()), onError),
    every(ROUND_MILLISECONDS, () => takeRound(options, rounds), onError),
    every(DUE_MILLISECONDS, () => revertDue(pool, stop, options.clock?.()), onError),
  ];
  try {
    const claimant = () => ({
      name: options.name,
      atWork: recordsAtWork(options.chunkRows),
      steadySeconds: contact.steadySeconds(),
    });
    await takeTurns({ context, claimant, bell });
  } finally {
    for (const sweep of sweeps) await sweep.stop();
    for (const part of [listening, warm, rounds, turns]) await part.close().catch(onError);
  }
}

interface Loop {
  readonly context: SliceContext;
  readonly claimant: () => Claimant;
  readonly bell: Bell;
}

/** Whatever goes wrong with a turn, a worker stays: another one would meet the same. */
async function takeTurns({ context, claimant, bell }: Loop): Promise<void> {
  const { pool, turns, log, stop } = context;
  for (let failures = 0; !stop.aborted; ) {
    try {
      // What was claimed and never answered would be held by nobody who knows.
      if (failures > 0) await endLeases(pool, turns, claimant().name, 'idle');
      failures = 0;
      if (!(await takeTurn(context, claimant()))) await bell.wait(POLL_MILLISECONDS);
    } catch (error) {
      failures += 1;
      context.onError(error);
      if (isOutage(error)) log.warn({ err: error }, 'database trouble');
      else log.error({ err: error }, 'could not take a turn');
      const wait = Math.min(PAUSE_MILLISECONDS * failures, LONGEST_PAUSE_MILLISECONDS);
      await sleep(wait, undefined, { signal: stop }).catch(() => {});
    }
  }
}

async function forgetDryRuns({ pool, stop }: WorkerOptions): Promise<void> {
  while (!stop.aborted && (await forgetDryRun(pool)) > 0);
}

/** Does something again and again, never twice at the same time. */
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
    /** Waits for what is being done. */
    async stop(): Promise<void> {
      clearInterval(timer);
      await running;
    },
  };
}

/** @returns whether there was a turn to take */
async function takeTurn(context: SliceContext, claimant: Claimant): Promise<boolean> {
  const since = performance.now();
  const turn = await context.turns.take();
  if (!turn) return false;
  const claim = await claimTask(context.pool, context.turns, turn, claimant);
  if (claim) await runSlice(context, claim, since);
  return true;
}

/** Does the chores if a round is due. One that is cut off by the end of this process is left to the next round. */
async function takeRound({ clock, ...options }: WorkerOptions, rounds: Rounds): Promise<void> {
  const round = await rounds.take();
  if (!round) return;
  await doChores({ ...options, now: clock?.() });
  await rounds.settle(round);
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
