import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Aside, type Session } from './aside.ts';
import { ClientLeftError, RequestScope } from './request-scope.ts';
import { Shares } from './shares.ts';
import { type ConnectionWatch, SilentConnectionError, watchConnection } from './watch-connection.ts';

/** Connections to a database, lent one by one. */
export interface Pool {
  readonly query: pg.Pool['query'];
  /** Lends a connection until its `release`. Prefer `inTransaction` and `withSession`. */
  connect(): Promise<pg.PoolClient>;
  /** Runs what is known to be much work; of such, only a few statements run at the same time where requests are served. */
  heavily<T>(work: () => Promise<T>): Promise<T>;
  /** The process is to stop: from now on little silence is enough to take a connection for dead. */
  hurry(): void;
  /** Closes all connections; those on which something still runs after two seconds are cut off. */
  end(): Promise<void>;
  /** Connections at most. */
  readonly max: number;
  readonly totalCount: number;
  readonly idleCount: number;
}

/**
 * What a pool is for.
 *
 * - `work`: the chunks, housekeeping and sweeps of workers.
 * - `requests`: those of the API, each within its patience and its organization's share (`request-scope.ts`).
 * - `vitals`: what must not wait behind any of these: probes, tokens, sessions, rate limits. Short, and shared by many requests,
 *   so that it continues when one of them leaves.
 * - `elsewhere`: the chunks of workers in a database that is not OpenBulk's own. Whether it is there is asked while something is waited
 *   for, since one that hangs must not hold up the organizations whose records are not there.
 * - `maintenance`: migrations and what a person asks for at the command line; takes as long as it takes.
 */
export type Purpose = keyof typeof purposes;

/**
 * How long the server may take for a statement, ms, and how long a connection can be silent while a statement waits: longer, so that the
 * server reports a long statement. A worker on a dead connection needs a second to find out that it is dead and one to wait;
 * housekeeping then gives the task out again within five. So the task continues within 30 s.
 */
const purposes = {
  work: { statement: 15_000, silence: 16_000, connect: 10_000 },
  requests: { statement: 20_000, silence: 22_000, connect: 3_000 },
  vitals: { statement: 3_000, silence: 4_000, connect: 2_000 },
  elsewhere: { statement: 10_000, silence: 11_000, connect: 2_000 },
  maintenance: { statement: 0, silence: 0, connect: 10_000 },
} as const;

export interface PoolOptions {
  readonly url: string;
  /** How the connections appear in `pg_stat_activity`; a worker's name is how its sessions are found when its lease is taken. */
  readonly applicationName: string;
  /** Connections at most. */
  readonly max: number;
  /** `work` when not given. */
  readonly purpose?: Purpose;
  /** Told of errors on idle connections (a restarted server): the pool replaces them by itself. */
  readonly onError?: (error: Error) => void;
}

/** Opens a pool; it connects when first used. */
export function openPool({ purpose = 'work', ...options }: PoolOptions): Pool {
  return new Connections({ ...options, purpose });
}

/** Within this a doubtful connection answers, ms. */
const PROBE = 1_000;
/** The silence that is enough when the process is to stop, ms. */
const HURRIED_SILENCE = 2_000;
const END_MILLISECONDS = 2_000;
/** Between two questions whether a database elsewhere is there, ms; after so many without an answer it is not. */
const GUARD_MILLISECONDS = 1_000;
const GUARD_MISSES = 3;
/** Of those that run for requests whose organization is not known (yet). */
const NOBODY = '';

/**
 * A pool whose connections count as dead when they are silent, and which lends them to requests within their patience and their
 * organization's share.
 */
class Connections implements Pool {
  readonly query: Pool['query'] = ((...query: unknown[]) => this.#run(query)) as Pool['query'];
  readonly max: number;
  readonly #purpose: Purpose;
  readonly #aside: Aside;
  readonly #pool: pg.Pool;
  readonly #watches = new Map<pg.ClientBase, Watched>();
  readonly #shares: { readonly light: Shares; readonly heavy: Shares } | undefined;
  #silence: number;
  /** What was not heard of since is asked before it is lent, or is dead. */
  #doubted = 0;
  #dead = 0;

  constructor({ url, applicationName, max, purpose, onError }: PoolOptions & { readonly purpose: Purpose }) {
    const { statement, silence, connect } = purposes[purpose];
    const config: pg.PoolConfig = {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: connect,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
      keepAlive: true,
      // Of connections on which nothing is due; the system then asks ten times, a second apart.
      keepAliveInitialDelayMillis: 10_000,
    };
    this.max = max;
    this.#purpose = purpose;
    this.#silence = silence;
    this.#aside = new Aside(config);
    this.#pool = new pg.Pool({ ...config, max, onConnect: (client) => this.#welcome(client as pg.Client, statement) });
    this.#pool.on('error', (error) => onError?.(error));
    if (purpose === 'requests') this.#shares = sharesOf(max);
  }

  get totalCount(): number {
    return this.#pool.totalCount;
  }

  get idleCount(): number {
    return this.#pool.idleCount;
  }

  async connect(): Promise<pg.PoolClient> {
    const scope = this.#scope();
    const rest = scope?.wait(() => this.#aside.isAlive());
    let leave: (() => void) | undefined;
    try {
      const signal = this.#purpose === 'vitals' ? scope?.outOfTime : scope?.signal;
      leave = scope && (await this.#shares?.light.enter(scope.organizationId ?? NOBODY, signal));
      return this.#lend(await this.#take(signal), signal, () => {
        leave?.();
        rest?.();
      });
    } catch (error) {
      leave?.();
      rest?.();
      throw error;
    }
  }

  async heavily<T>(work: () => Promise<T>): Promise<T> {
    const scope = RequestScope.current();
    if (!scope || !this.#shares) return work();
    scope.expectHeavy();
    const rest = scope.wait(() => this.#aside.isAlive());
    try {
      const leave = await this.#shares.heavy.enter(scope.organizationId ?? NOBODY, scope.signal);
      return await work().finally(leave);
    } finally {
      rest();
    }
  }

  hurry(): void {
    this.#silence = Math.min(HURRIED_SILENCE, this.#silence || HURRIED_SILENCE);
    this.#doubted = performance.now();
    for (const { watch } of this.#watches.values()) watch.setSilence(this.#silence);
  }

  async end(): Promise<void> {
    const overdue = setTimeout(() => this.#cutOff(), END_MILLISECONDS);
    await Promise.all([this.#pool.end(), this.#aside.end()]);
    clearTimeout(overdue);
    // They said goodbye; who does not answer to that is not waited for.
    setTimeout(() => this.#cutOff(), END_MILLISECONDS).unref();
  }

  async #run(query: readonly unknown[]): Promise<unknown> {
    const client = await this.connect();
    try {
      return await (client.query as (...query: unknown[]) => Promise<unknown>).apply(client, [...query]);
    } finally {
      client.release();
    }
  }

  /** Where requests are not told apart, what is asked for one has its patience all the same. */
  #scope(): RequestScope | undefined {
    if (this.#purpose === 'requests') return RequestScope.current();
    return this.#purpose === 'vitals' ? (RequestScope.current() ?? new RequestScope()) : undefined;
  }

  /** A connection that is alive, as far as known. */
  async #take(signal: AbortSignal | undefined): Promise<pg.PoolClient> {
    for (;;) {
      const client = await unlessAborted(this.#pool.connect(), signal, (late) => late.release());
      const watch = this.#watches.get(client)?.watch;
      if (!watch || watch.heardAt > this.#doubted) return client;
      if (watch.heardAt > this.#dead && (await answers(client))) return client;
      // One of those that were silent for as long is dead: then all are.
      this.#dead = this.#doubted;
      watch.destroy();
      client.release(true);
    }
  }

  #lend(client: pg.PoolClient, signal: AbortSignal | undefined, over: () => void): pg.PoolClient {
    const { release } = client;
    const onAbort = () => this.#interrupt(client, signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const unguard = this.#purpose === 'elsewhere' ? this.#guard(client) : undefined;
    client.release = (error) => {
      unguard?.();
      signal?.removeEventListener('abort', onAbort);
      release(error);
      over();
    };
    return client;
  }

  /** Asks the database, as long as a connection is lent, whether it is there, and takes the connection for dead where it is not. @returns ends it */
  #guard(client: pg.PoolClient): () => void {
    let missed = 0;
    const ask = async () => {
      const since = performance.now();
      const alive = await this.#aside.isAlive();
      const watch = this.#watches.get(client)?.watch;
      missed = alive || (watch && watch.heardAt > since) ? 0 : missed + 1;
      if (missed >= GUARD_MISSES) watch?.destroy(new SilentConnectionError());
    };
    const timer = setInterval(() => void ask(), GUARD_MILLISECONDS).unref();
    return () => clearInterval(timer);
  }

  /** Fails what runs on a connection, at once, and ends it at the server; the connection is not used again. */
  #interrupt(client: pg.PoolClient, reason: Error): void {
    const watched = this.#watches.get(client);
    if (!(reason instanceof ClientLeftError)) this.#doubted = performance.now();
    watched?.watch.destroy(reason);
    if (watched?.session) void this.#aside.terminate(watched.session);
  }

  async #welcome(client: pg.Client, statement: number): Promise<void> {
    const watch = watchConnection(client, this.#silence);
    const watched: Watched = { watch, session: undefined };
    this.#watches.set(client, watched);
    client.on('end', () => this.#watches.delete(client));
    client.on('error', (error) => {
      if (!(error instanceof SilentConnectionError)) return;
      this.#dead = this.#doubted = performance.now();
      // At the server its transaction may be open, and the next worker waits for its locks.
      if (watched.session) void this.#aside.terminate(watched.session);
    });
    const { rows } = await client.query<Session>(SETTINGS, [String(statement)]);
    watched.session = rows[0];
  }

  #cutOff(): void {
    for (const { watch } of this.#watches.values()) watch.destroy();
  }
}

interface Watched {
  readonly watch: ConnectionWatch;
  session: Session | undefined;
}

/**
 * - Our queries take milliseconds; where the planner takes one for dear, compiling it took a second of its own.
 * - A process that was stopped or whose event loop hangs must not keep records locked for longer than its lease lasts.
 * - The server asks as well whether we are there, from after 10 s of silence.
 */
const SETTINGS = `select set_config('jit', 'off', false), set_config('statement_timeout', $1, false),
    set_config('idle_in_transaction_session_timeout', '25000', false),
    set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
    pid, extract(epoch from backend_start)::text as began
  from pg_stat_get_activity(pg_backend_pid())`;

/**
 * Half of the connections for one organization. Of what is heavy, as many statements as there are processors, on which the database may
 * run too, and half of these for one: the rest is for what is quick.
 */
function sharesOf(connections: number): { light: Shares; heavy: Shares } {
  const heavy = Math.max(2, availableParallelism());
  return {
    light: new Shares({ total: connections, each: Math.ceil(connections / 2) }),
    heavy: new Shares({ total: heavy, each: Math.floor(heavy / 2) }),
  };
}

/** @param late what is done with what comes too late */
async function unlessAborted<T>(
  coming: Promise<T>,
  signal: AbortSignal | undefined,
  late: (value: T) => void,
): Promise<T> {
  if (!signal) return coming;
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(signal.reason);
      coming.then(late, () => {});
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    coming.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function answers(client: pg.PoolClient): Promise<boolean> {
  const asked = client.query('select 1').then(
    () => true,
    () => false,
  );
  return Promise.race([asked, sleep(PROBE, false, { ref: false })]);
}
