import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import fc from 'fast-check';
import { inTransaction } from '../../../src/store/connection/pool.ts';
import { endLeases } from '../../../src/store/queue/lease.ts';
import type { Task } from '../../../src/task/task.ts';
import type { Bench } from '../engine.ts';
import { failAt } from './fail-at.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/openbulk.js');

/** A real worker process on the bench's database and files. */
export interface WorkerProcess {
  readonly process: ChildProcess;
  /** What it wrote to stderr so far. */
  readonly log: () => string;
  /** Waits until it is over. */
  exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
}

const running = new Map<ChildProcess, Bench>();

/** Starts `openbulk work`; `env` overrides its settings. */
export function startWorker(bench: Bench, env: Record<string, string> = {}): WorkerProcess {
  const child = spawn(process.execPath, [PROGRAM, 'work'], {
    env: {
      ...process.env,
      DATABASE_URL: bench.database.url,
      OPENBULK_DATA: bench.dataDir,
      OPENBULK_LOG: 'info',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.set(child, bench);
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const over = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  return { process: child, log: () => log, exited: () => over, kill: (signal) => child.kill(signal) };
}

/** Ends whatever a test left running (on its bench). */
export function killWorkers(bench?: Bench): void {
  for (const [child, its] of running) if (!bench || its === bench) child.kill('SIGKILL');
}

/** Ends the leases of killed workers now, as a server does whose workers they were, rather than in half a minute. */
export async function expireLeases(bench: Bench): Promise<void> {
  const { rows } = await bench.pool.query<{ name: string }>(
    'select distinct lease_holder as name from tasks where lease_until is not null',
  );
  for (const { name } of rows) await endLeases(bench, { holder: name, how: 'dead' });
}

/** Where a worker process dies, and after how many passes of that place. */
const PLACES = ['after-claim', 'before-commit', 'after-commit', 'before-finish', 'after-finish'];

/** @param more places, of work elsewhere */
export const killAt = (...more: readonly string[]) =>
  fc.record({ place: fc.constantFrom(...PLACES, ...more), passes: fc.integer({ min: 1, max: 6 }) });

export const killArbitrary = killAt();

/** Has a worker process work on a task until it dies so, or the task is over; the next worker finds it at once. */
export async function workAndDie(
  bench: Bench,
  task: Task,
  chunkRows: number,
  { place, passes }: { readonly place: string; readonly passes: number },
  more: Record<string, string> = {},
): Promise<void> {
  const env = {
    ...more,
    OPENBULK_CHUNK_ROWS: String(chunkRows),
    OPENBULK_SLICE_MS: '1',
    ...failAt(`${place}=kill@${passes}`),
  };
  const worker = startWorker(bench, env);
  await Promise.race([worker.exited(), bench.finished(task, 60_000)]);
  worker.kill('SIGKILL');
  await worker.exited();
  await expireLeases(bench);
  await inTransaction(bench.pool, async (tx) => bench.turns.give(tx, task.organizationId));
}
