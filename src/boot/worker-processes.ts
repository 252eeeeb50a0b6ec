import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { WORKER_FLAGS } from './limit-memory.ts';

const MAIN = join(import.meta.dirname, '../main.ts');
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
    const child = fork(MAIN, ['work'], {
      env,
      execArgv: [...WORKER_FLAGS],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
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
