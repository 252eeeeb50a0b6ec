import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { FileStore } from '../files/file-store.ts';
import { revertDue } from '../operations/act/revert.ts';
import { removeUselessParts } from '../operations/export/parts.ts';
import { forgetDryRun } from '../store/dry-runs.ts';
import { claimTask, giveLostTurns } from '../store/leases.ts';
import { listen } from '../store/listen.ts';
import { isOutage, type Pool } from '../store/pool.ts';
import type { RetentionDays } from '../store/retention.ts';
import { openRounds, type Rounds } from '../store/rounds.ts';
import { startScheduled } from '../store/scheduled.ts';
import { keepTaskCounts } from '../store/task-counts.ts';
import { openTurns, TURN_CHANNEL } from '../store/turns.ts';
import { doChores } from './chores.ts';
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

/** Takes turns and works them off, one slice at a time, until it is stopped. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { pool, log, stop } = options;
  const onError = (error: Error) => log.warn({ err: error }, 'database trouble');
  const turns = await openTurns({ pool, supervise: true, onError });
  const rounds = await openRounds({ pool, everyMinutes: options.sweepMinutes, onError });
  const warm = openWarmTasks((claim) => prepare(options, claim));
  const context: SliceContext = { ...options, turns, warm };
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
    while (!stop.aborted) {
      const worked = await takeTurn(context, options.name).catch(async (error: unknown) => {
        if (!isOutage(error)) throw error;
        onError(error as Error);
        await sleep(500);
        return true;
      });
      if (!worked) await bell.wait(POLL_MILLISECONDS);
    }
  } finally {
    for (const sweep of sweeps) await sweep.stop();
    await listening.close();
    await warm.close();
    await rounds.close();
    await turns.close();
  }
}

async function forgetDryRuns({ pool, stop }: WorkerOptions): Promise<void> {
  while (!stop.aborted && (await forgetDryRun(pool)) > 0);
}

/** Does something again and again, never twice at the same time. */
function every(milliseconds: number, run: () => Promise<void>, onError: (error: Error) => void) {
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
async function takeTurn(context: SliceContext, name: string): Promise<boolean> {
  const turn = await context.turns.take();
  if (!turn) return false;
  const claim = await claimTask(context.pool, context.turns, turn, name);
  if (claim) await runSlice(context, claim);
  return true;
}

/** Does the chores if a round is due. One that is cut off by the end of this process is left to the next round. */
async function takeRound({ clock, ...options }: WorkerOptions, rounds: Rounds): Promise<void> {
  const round = await rounds.take();
  if (!round) return;
  await doChores({ ...options, now: clock?.() });
  await rounds.settle(round);
}

/** Something to wait for that rings at once if it rang since the last wait. */
function makeBell(stop: AbortSignal): { ring(): void; wait(milliseconds: number): Promise<void> } {
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
