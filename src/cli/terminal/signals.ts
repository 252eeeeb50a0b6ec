import { startedByNpm } from '../../config/config.ts';
import { CommandError, EXIT } from './exit.ts';

/** A signal asked the command to end. */
export class Interrupted extends CommandError {
  override readonly name = 'Interrupted';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super('Interrupted.', { exitCode: signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted });
    this.signal = signal;
  }
}

/**
 * npm and npx hand a Ctrl-C on to their child, which the terminal has told already: two signals so close together are
 * one. Nobody presses it twice that fast, ms.
 */
const ECHO_MILLISECONDS = 250;

/** npm and npx start it through a shell, which SIGTERM ends and which hands nothing on. Nothing tells of a parent's end: it is looked for, ms. */
const LOOK_MILLISECONDS = 250;

export interface Signals {
  /** Aborts at the first of the signals; its reason is an Interrupted. */
  readonly first: AbortSignal;
  /** Stops listening. */
  close(): void;
}

/**
 * Listens for signals that ask the command to end; one that npm or npx started is asked by their end, too.
 *
 * @param onSecond called when one comes again after the first; it should leave at once
 */
export function listenForSignals(
  names: readonly NodeJS.Signals[],
  onSecond: (signal: NodeJS.Signals) => void,
): Signals {
  const first = new AbortController();
  let last = 0;
  const listener = (signal: NodeJS.Signals) => {
    const now = performance.now();
    const echo = first.signal.aborted && now - last < ECHO_MILLISECONDS;
    last = now;
    if (echo) return;
    if (first.signal.aborted) onSecond(signal);
    else first.abort(new Interrupted(signal));
  };
  for (const name of names) process.on(name, listener);
  const orphaned = () => {
    if (!first.signal.aborted) listener('SIGTERM');
  };
  const unwatch = startedByNpm() ? whenParentEnds(orphaned) : undefined;
  return {
    first: first.signal,
    close() {
      unwatch?.();
      for (const name of names) process.removeListener(name, listener);
    },
  };
}

function whenParentEnds(run: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    run();
  }, LOOK_MILLISECONDS).unref();
  return () => clearInterval(timer);
}
