import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../terminal/exit.ts';
import { duration } from '../terminal/format.ts';

/** The server cannot serve us at the moment, through no fault of the request. */
export class Unavailable extends CommandError {
  override readonly name = 'Unavailable';
  /** When to come back, ms, where the server said it. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly retryAfter?: number | undefined } = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter;
  }
}

export interface Patience {
  /** How long to wait in all for the server to come back, ms. */
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Told why and for how long we wait now. */
  readonly onWait?: ((text: string) => void) | undefined;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;

/**
 * Waits longer from time to time while the server is away, and gives up when patience is at its end. Only the waiting
 * counts: an upload of an hour that breaks off may be tried again.
 */
export function createWaiting({ milliseconds, signal, onWait }: Patience) {
  let failures = 0;
  let waited = 0;
  return {
    /** The server is back. */
    reset(): void {
      failures = 0;
      waited = 0;
    },
    /** @throws the error, when there was enough of them */
    async wait(error: Unavailable): Promise<void> {
      const backoff = Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT);
      // Many clients of a restarted server should not come back all at once.
      const pause = error.retryAfter ?? backoff * (0.75 + Math.random() / 2);
      if (waited + pause > milliseconds) throw error;
      // A hiccup is not worth a line.
      if (failures > 0 || pause > 1_000)
        onWait?.(`${error.message} Trying again in ${duration(Math.max(1, pause / 1000))}.`);
      failures += 1;
      waited += pause;
      await sleep(pause, undefined, signal && { signal }).catch(() => {});
      // Node's own error says only that something was aborted.
      signal?.throwIfAborted();
    },
  };
}

/** Makes an attempt, and more as long as the server is away and patience lasts. */
export async function withPatience<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  const waiting = createWaiting(patience);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      await waiting.wait(error);
    }
  }
}
