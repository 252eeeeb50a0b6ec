import type { Command } from 'commander';
import { openLog } from '../../boot/log.ts';
import { readConfig } from '../../config/config.ts';
import { EXIT, leaveSoon } from '../terminal/exit.ts';
import { listenForSignals } from '../terminal/signals.ts';

/** A worker that cannot hand back in this time leaves without: its lease runs out, and another takes its task up. */
const STOP_MILLISECONDS = 9_500;

export function addWork(program: Command): void {
  program.command('work').description('run an additional worker, on this or another machine').action(runWork);
}

/** Works until it is told to stop; then it finishes the current chunk and releases the task. */
async function runWork(): Promise<void> {
  const config = readConfig();
  const log = openLog(config, 'work');
  const stop = new AbortController();
  stop.signal.addEventListener('abort', () => {
    log.info({ reason: stop.signal.reason }, 'stopping');
    setTimeout(() => {
      log.warn('could not release the current task in time; it continues when its lease expires');
      process.exit(EXIT.ok);
    }, STOP_MILLISECONDS).unref();
  });
  const release = process.connected ? obeyParent(stop) : obeyTerminal(stop);
  const { WaitedInVainError, work } = await import('../../boot/workers/work.ts');
  try {
    await work(config, log, stop.signal);
  } catch (error) {
    if (!(error instanceof WaitedInVainError)) throw error;
  } finally {
    release();
    if (config.tracing) leaveSoon();
  }
}

/** On its own: SIGTERM or Ctrl-C, and a second one leaves at once. */
function obeyTerminal(stop: AbortController): () => void {
  const signals = listenForSignals(['SIGTERM', 'SIGINT'], () => process.exit(EXIT.failed));
  signals.first.addEventListener('abort', () => stop.abort(signals.first.reason.signal));
  return signals.close;
}

/**
 * Of a server: what it says, or its end. Not Ctrl-C, which a terminal sends to the whole group: the parent decides what
 * that means, and workers that left by themselves would leave it without hands to cancel or finish anything.
 */
function obeyParent(stop: AbortController): () => void {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => stop.abort('SIGTERM'));
  process.on('disconnect', () => stop.abort('the server has ended'));
  // Listening for its end would keep this process running after the work has ended.
  return () => process.connected && process.disconnect();
}
