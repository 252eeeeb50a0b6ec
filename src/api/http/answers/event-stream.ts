import { setTimeout as sleep } from 'node:timers/promises';

/** What is streamed: its state now, and when to look again. */
export interface EventSource {
  /** The current state; `undefined` if it no longer exists. */
  load(): Promise<{ readonly id: string; readonly data: string; readonly last: boolean } | undefined>;
  /** Calls `onChange` when the state may have changed. @returns what ends the watch */
  watch(onChange: () => void): () => void;
}

export interface EventStreamOptions {
  readonly event: string;
  /** `Last-Event-ID` of a client that comes back: that state it has. */
  readonly lastEventId?: string;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/** Five events a second at most: a bar that moves, and an import that commits 20 chunks a second is not slowed down. */
const PAUSE_MILLISECONDS = 200;
/** Keeps proxies from taking the connection for dead. */
const HEARTBEAT_MILLISECONDS = 15_000;
/** A client whose stream broke waits this long before it comes back, ms. */
const RETRY_MILLISECONDS = 1_000;

/**
 * Server-sent events (WHATWG HTML §9.2) of something that changes: its state now, then whenever it changed, however often that was, and
 * at its last state the end. Written as fast as the client reads: slow clients skip states.
 */
export async function* eventStream(source: EventSource, options: EventStreamOptions): AsyncGenerator<string> {
  const { signal } = options;
  const changes = watchChanges(source, signal);
  let sent = options.lastEventId;
  try {
    yield `retry: ${RETRY_MILLISECONDS}\n\n`;
    while (!signal.aborted) {
      const state = await source.load();
      if (!state) return;
      if (state.id !== sent) {
        yield `id: ${state.id}\nevent: ${options.event}\ndata: ${state.data}\n\n`;
        sent = state.id;
        await pause(PAUSE_MILLISECONDS, signal);
      }
      if (state.last) return;
      if (!(await changes.next(HEARTBEAT_MILLISECONDS))) yield ':\n\n';
    }
  } finally {
    changes.stop();
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

/** Changes, remembered from the moment that the last one was taken. */
function watchChanges(source: EventSource, signal: AbortSignal) {
  let changed = false;
  let wake: (() => void) | undefined;
  const stop = source.watch(() => {
    changed = true;
    wake?.();
  });
  signal.addEventListener('abort', () => wake?.(), { once: true });
  return {
    stop,
    /** @returns whether there was a change before the time was over */
    async next(milliseconds: number): Promise<boolean> {
      if (!changed && !signal.aborted) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, milliseconds);
        });
        clearTimeout(timer);
      }
      const was = changed;
      changed = false;
      return was;
    },
  };
}
