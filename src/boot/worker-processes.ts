import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

const MAIN = join(import.meta.dirname, '../main.ts');
/**
 * V8 lets its heap grow as long as the machine has memory. A worker's chunk is garbage as soon as it is written, so a small
 * heap costs nothing: 184 MB at the peak of an import against 387 MB without the limits, in the same time.
 */
const WORKER_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=160'];

/**
 * Starts this process anew, under the same process id, with a worker's limits, unless it has them. Returns when it has, or where
 * a process cannot be replaced (Windows, an older Node): there it runs without them.
 */
export function limitMemory(): void {
  const limited = process.execArgv.some((flag) => flag.startsWith('--max-old-space-size'));
  if (limited || !process.execve || process.platform === 'win32') return;
  process.execve(
    process.execPath,
    [process.execPath, ...process.execArgv, ...WORKER_FLAGS, ...process.argv.slice(1)],
    process.env,
  );
}
/** A worker that keeps dying is not started more often than this. */
const RESTART_MILLISECONDS = 1_000;
/** A stopping worker finishes its chunk; one that takes longer than this is ended. */
const STOP_MILLISECONDS = 8_500;

export interface WorkerProcesses {
  /** Stops them all: SIGTERM, and SIGKILL for one that does not end. */
  stop(): Promise<void>;
}

/** Starts `count` worker processes (`openbulk work`) and replaces each that ends before it is told to. */
export function startWorkerProcesses(count: number, env: NodeJS.ProcessEnv, log: Logger): WorkerProcesses {
  const children = new Set<ChildProcess>();
  let stopping = false;

  function start(): void {
    const child = fork(MAIN, ['work'], { env, execArgv: WORKER_FLAGS, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.add(child);
    child.once('exit', async (code, signal) => {
      children.delete(child);
      if (stopping) return;
      log.error({ worker: child.pid, code, signal }, 'a worker process ended; starting another');
      await sleep(RESTART_MILLISECONDS, undefined, { ref: false });
      if (!stopping) start();
    });
  }

  for (let i = 0; i < count; i += 1) start();
  return {
    async stop() {
      stopping = true;
      await Promise.all([...children].map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
  await ended;
  clearTimeout(timer);
}
