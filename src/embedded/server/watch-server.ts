import { setTimeout as delay } from 'node:timers/promises';
import type { Home } from '../cluster/home.ts';
import { isRunning, type ProcessIdentity } from '../processes/processes.ts';
import { boundLog } from './log-file.ts';

const LOOK_EVERY_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Looks after a server until told to stop. Keeps no process alive by itself. */
export interface Watch {
  /** Resolves when no restart is under way any more. */
  stop(): Promise<void>;
}

/**
 * Has a server that died replaced, so that the pools of this process find one again at the same address.
 *
 * @param restart gives the server that is there now, started by us or by another command that was quicker; undefined
 *   to give up. If it throws, it is called again, ever less often.
 */
export function watchServer(
  home: Home,
  server: ProcessIdentity,
  restart: () => Promise<ProcessIdentity | undefined>,
): Watch {
  const stopping = new AbortController();
  const done = look(home, server, restart, stopping.signal);
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function look(
  home: Home,
  first: ProcessIdentity,
  restart: () => Promise<ProcessIdentity | undefined>,
  signal: AbortSignal,
): Promise<void> {
  let server: ProcessIdentity | undefined = first;
  let pause = LOOK_EVERY_MS;
  while (server !== undefined && (await pauseFor(pause, signal))) {
    try {
      if (!isRunning(server)) {
        home.report(`PostgreSQL (process ${server.pid}) died; restarting it`);
        server = await restart();
      }
      boundLog(home);
      pause = LOOK_EVERY_MS;
    } catch (error) {
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      home.report(`could not check PostgreSQL; trying again in ${pause / 1000} s: ${error}`);
    }
  }
}

/** False as soon as `signal` is aborted. */
async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  await delay(milliseconds, undefined, { signal, ref: false }).catch(() => {});
  return !signal.aborted;
}
