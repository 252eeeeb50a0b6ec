import { randomUUID } from 'node:crypto';
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
const CONNECT_MILLISECONDS = 5_000;
/** Between two notifications to itself. */
const PROBE_MILLISECONDS = 5_000;
/** For each of them: a connection that is dead shows within ten seconds, and fifteen at the most until there is another. */
const ECHO_MILLISECONDS = 4_000;

/** Listens on a separate connection, and reconnects when it breaks or falls silent. */
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
  const client = new pg.Client({
    connectionString: options.url,
    application_name: `openbulk listen ${options.channels.join(' ')}`,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('The connection ended.')));
    signal.addEventListener('abort', () => reject(new Error('closed')), { once: true });
  });
  broken.catch(() => {});
  const within = <T>(work: Promise<T>) => Promise.race([work, broken, tooLate()]);
  const echo = openEcho(client);
  try {
    await Promise.race([client.connect(), broken]);
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === echo.channel) echo.heard(payload);
      else options.onNotify(channel, payload);
    });
    for (const channel of [...options.channels, echo.channel]) await within(client.query(`listen ${channel}`));
    options.onConnect();
    for (;;) {
      await Promise.race([sleep(PROBE_MILLISECONDS, undefined, { ref: false }), broken]);
      await within(echo.call());
    }
  } finally {
    // No goodbye: the other end may be gone, and a server knows a closed connection by itself.
    client.connection.stream.destroy();
  }
}

/**
 * What a connection tells itself, by the way that notifications take: that it answers would not show that it still listens (there are
 * poolers that lend it to others in between).
 */
function openEcho(client: pg.Client) {
  const channel = `openbulk_echo_${randomUUID().replaceAll('-', '')}`;
  let expected = '';
  let heard = () => {};
  return {
    channel,
    heard(payload: string) {
      if (payload === expected) heard();
    },
    async call(): Promise<void> {
      expected = randomUUID();
      const back = new Promise<void>((resolve) => {
        heard = resolve;
      });
      await client.query('select pg_notify($1, $2)', [channel, expected]);
      await back;
    },
  };
}

async function tooLate(): Promise<never> {
  await sleep(ECHO_MILLISECONDS, undefined, { ref: false });
  throw Object.assign(new Error('The listening connection does not respond.'), { code: 'ETIMEDOUT' });
}
