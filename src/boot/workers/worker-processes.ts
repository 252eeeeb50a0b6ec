import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Meter } from '../../engine/meter.ts';
import { WORKER_FLAGS } from './limit-memory.ts';
import { readWorkerMessage } from './worker-message.ts';

/** As a person starts it, so that what was compiled for an earlier start is used. */
const PROGRAM = join(import.meta.dirname, '../../../bin/openbulk.js');
/** A worker that ended at work is replaced after this; one that ends at its start over and over again, later and later. */
const RESTART_MILLISECONDS = 1_000;
const LONGEST_RESTART_MILLISECONDS = 30_000;
/** A stopping worker finishes its chunk; one that takes longer than this is ended. */
const STOP_MILLISECONDS = 8_500;

export interface WorkerProcessOptions {
  readonly count: number;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Told of what the workers do. */
  readonly meter: Meter;
  /** Told of each worker that ended before it was told to. */
  readonly onLoss: () => void;
  /**
   * Told of the end of a worker, so that its leases need not run out.
   *
   * @param how `dead`: by itself; `idle`: it was told to end, and whatever it was at did not end it
   */
  readonly onEnd: (name: string, how: 'dead' | 'idle') => Promise<void>;
}

export interface WorkerProcesses {
  /** How many are ready to work. */
  ready(): number;
  /** Stops them all: SIGTERM, and SIGKILL for one that does not end. */
  stop(): Promise<void>;
}

/** Starts worker processes (`openbulk work`) and replaces each that ends before it is told to. */
export function startWorkerProcesses({ count, env, log, meter, onLoss, onEnd }: WorkerProcessOptions): WorkerProcesses {
  const ends = new Map<ChildProcess, Promise<void>>();
  const ready = new Set<ChildProcess>();
  let stopping = false;

  /** @param failures starts before this one, in a row, that came to nothing */
  function start(failures: number): void {
    const child = fork(PROGRAM, ['work'], {
      env,
      execArgv: [...WORKER_FLAGS],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('error', (error) => log.error({ err: error }, 'could not start a worker process'));
    let name: string | undefined;
    child.on('message', (message) => {
      const { worker, events = [] } = readWorkerMessage(message);
      name ??= worker;
      if (worker) ready.add(child);
      for (const event of events) meter(event);
    });
    const ended = new Promise<void>((resolve) => {
      // Not `exit`: its name may still be on its way.
      child.once('close', async (code, signal) => {
        ready.delete(child);
        if (!stopping) onLoss();
        if (name) await onEnd(name, stopping ? 'idle' : 'dead');
        ends.delete(child);
        resolve();
        if (!stopping) await replace(child.pid, { code, signal, failures: name ? 0 : failures + 1 });
      });
    });
    ends.set(child, ended);
  }

  async function replace(
    worker: number | undefined,
    end: { readonly code: number | null; readonly signal: string | null; readonly failures: number },
  ): Promise<void> {
    const { code, signal, failures } = end;
    const wait = Math.min(RESTART_MILLISECONDS * 2 ** Math.max(0, failures - 1), LONGEST_RESTART_MILLISECONDS);
    log.error({ worker, code, signal, startsIn: wait }, 'a worker process ended; starting another');
    await sleep(wait, undefined, { ref: false });
    if (!stopping) start(failures);
  }

  for (let i = 0; i < count; i += 1) start(0);
  return {
    ready: () => ready.size,
    async stop() {
      stopping = true;
      await Promise.all([...ends].map(([child, ended]) => end(child, ended)));
    },
  };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
  await ended;
  clearTimeout(timer);
}
