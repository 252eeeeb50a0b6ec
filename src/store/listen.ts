import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface ListenOptions {
  readonly url: string;
  readonly channels: readonly string[];
  /** A notification came. */
  readonly onNotify: (channel: string, payload: string) => void;
  /** Listening (again): whatever was announced before may have been missed. */
  readonly onConnect: () => void;
  readonly onError: (error: Error) => void;
}

const RECONNECT_MILLISECONDS = 500;
/** A connection that is silently dead shows itself when it is used. */
const PROBE_MILLISECONDS = 10_000;

/** Listens on a connection of its own, and goes on doing so when the connection breaks. */
export function listen(options: ListenOptions): { close(): Promise<void> } {
  const closing = new AbortController();
  const running = (async () => {
    while (!closing.signal.aborted) {
      await listenOnce(options, closing.signal).catch((error: Error) => {
        if (!closing.signal.aborted) options.onError(error);
      });
      await sleep(RECONNECT_MILLISECONDS, undefined, { signal: closing.signal }).catch(() => {});
    }
  })();
  return {
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** @throws what broke the connection */
async function listenOnce(options: ListenOptions, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: options.url, application_name: 'openbulk listen', keepAlive: true });
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('The connection ended.')));
    signal.addEventListener('abort', () => reject(new Error('closed')), { once: true });
  });
  broken.catch(() => {});
  const probe = setInterval(() => client.query('select 1').catch(() => client.end()), PROBE_MILLISECONDS);
  try {
    await Promise.race([client.connect(), broken]);
    client.on('notification', ({ channel, payload }) => options.onNotify(channel, payload ?? ''));
    for (const channel of options.channels) await Promise.race([client.query(`listen ${channel}`), broken]);
    options.onConnect();
    await broken;
  } finally {
    clearInterval(probe);
    await client.end().catch(() => {});
  }
}
