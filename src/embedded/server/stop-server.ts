import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, EmbeddedPostgresError } from '../embedded-error.ts';
import { isRunning } from '../processes/processes.ts';
import type { Server } from './find-server.ts';

const POLL_MS = 10;

/**
 * From kind to unkind, with the time given for each. SIGINT: disconnect everybody, write everything, leave. SIGQUIT:
 * leave at once, the next start recovers from the WAL. SIGKILL is the same for the disk, for one that hears nothing.
 */
const SIGNALS = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 5_000],
] as const;

/** Stops the server and waits until it has ended. */
export async function stopServer(server: Server): Promise<void> {
  for (const [signal, patience] of SIGNALS) {
    try {
      process.kill(server.pid, signal);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
    const deadline = Date.now() + patience;
    while (isRunning(server)) {
      if (Date.now() > deadline) break;
      await delay(POLL_MS);
    }
    if (!isRunning(server)) return;
  }
  throw new EmbeddedPostgresError(`PostgreSQL (process ${server.pid}) did not stop`);
}
