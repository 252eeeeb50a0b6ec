import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isOutage, openPool, type Pool, type Purpose, type Transaction } from '../connection/pool.ts';
import { ClientLeftError, OutOfTimeError } from '../connection/request-scope.ts';
import { Wire } from '../connection/wire.ts';
import { AwayError, ElsewhereError, UnknownConnectionError } from './errors.ts';

/** A PostgreSQL that is not OpenBulk's own, where tables are that resources adopt. */
export interface OtherDatabase {
  /** Of the connection, such as `crm`. */
  readonly name: string;
  /**
   * Reads there.
   *
   * @throws AwayError when it cannot be reached
   */
  read<T>(work: (pool: Pool) => Promise<T>): Promise<T>;
  /** Waits for an answer to the shortest question. @throws AwayError */
  answer(): Promise<void>;
  /**
   * Lends `work` a session on which a transaction is begun, which `work` ends; when it throws, it is rolled back.
   *
   * @throws AwayError when it cannot be reached, or could not any more; what `work` throws
   */
  transact<T>(how: SessionThere, work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** How a transaction is run there. */
export interface SessionThere {
  /** Of the session in `pg_stat_activity`. */
  readonly name: string;
  /** That each of its statements may take, and wait for a lock. */
  readonly seconds: number;
  readonly lockSeconds: number;
}

/** The databases that are not OpenBulk's own, by the names of their connections. */
export interface Elsewhere {
  readonly names: readonly string[];
  /** @throws UnknownConnectionError */
  get(name: string): OtherDatabase;
  /** As `Pool.hurry`. */
  hurry(): void;
  /** Closes all connections. */
  end(): Promise<void>;
}

/** How the databases elsewhere are connected to. */
export interface ElsewhereOptions {
  readonly applicationName: string;
  /** Connections to each at most. */
  readonly max: number;
  readonly purpose: Exclude<Purpose, 'work'>;
  /** Told of errors on idle connections. */
  readonly onError?: (name: string, error: Error) => void;
}

/** None. */
export const NOWHERE: Elsewhere = {
  names: [],
  get(name) {
    throw new UnknownConnectionError(name);
  },
  hurry() {},
  async end() {},
};

/** @param urls by the names of the connections; each is connected to when it is first used */
export function openElsewhere(urls: Readonly<Record<string, string>>, options: ElsewhereOptions): Elsewhere {
  const opened = new Map<string, Database>();
  return {
    names: Object.keys(urls),
    get(name) {
      if (!Object.hasOwn(urls, name)) throw new UnknownConnectionError(name);
      const database = opened.get(name) ?? new Database(name, urls[name] as string, options);
      opened.set(name, database);
      return database;
    },
    hurry() {
      for (const { pool } of opened.values()) pool.hurry();
    },
    async end() {
      await Promise.all([...opened.values()].map(({ pool }) => pool.end()));
    },
  };
}

/** For so long after it was heard of a database is taken to be there, ms. */
const FRESH_MILLISECONDS = 10_000;
/** For so long a worker waits to hear of one, ms: it has others to work for. */
const WAIT_MILLISECONDS = 300;
/** And of one that did not answer before, which is asked so often at most, ms. */
const SHORT_WAIT_MILLISECONDS = 50;
const ASK_MILLISECONDS = 1_000;
/** Between two tries to reach one that is away, s, at most. */
const LONGEST_SECONDS = 30;

class Database implements OtherDatabase {
  readonly name: string;
  readonly pool: Pool;
  /** Whether nobody is kept waiting for one that is away. */
  readonly #impatient: boolean;
  #heardAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Times in a row that it was not to be reached, and why. */
  #missed = 0;
  #cause: unknown;
  #asking: Promise<void> | undefined;

  constructor(name: string, url: string, { onError, ...options }: ElsewhereOptions) {
    this.name = name;
    this.pool = openPool({ url, ...options, onError: (error) => onError?.(name, error) });
    this.#impatient = options.purpose === 'elsewhere';
  }

  async read<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
    await this.#reach();
    try {
      return await work(this.pool);
    } catch (error) {
      throw this.#told(error);
    }
  }

  async answer(): Promise<void> {
    await this.read((pool) => pool.query('select 1'));
  }

  async transact<T>({ name, seconds, lockSeconds }: SessionThere, work: (tx: Transaction) => Promise<T>): Promise<T> {
    await this.#reach();
    const session = await this.pool.connect().catch((error) => {
      throw this.#away(error);
    });
    const tx = new WireThere(session, (error) => this.#told(error));
    let broken: Error | undefined;
    try {
      tx.send('begin');
      tx.send({
        text: `select set_config('application_name', $1, true), set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true), ${WAITING}`,
        values: [name, `${seconds}s`, `${lockSeconds}s`],
      });
      const result = await work(tx);
      this.#heard();
      return result;
    } catch (error) {
      broken = error as Error;
      await tx.rollback();
      throw error;
    } finally {
      session.release(broken);
    }
  }

  /** Whoever cannot wait is not kept waiting for a database of which nothing was heard lately, and hardly for one that did not answer. */
  async #reach(): Promise<void> {
    if (!this.#impatient || this.#isFresh()) return;
    const away = this.#missed > 0;
    if (!away || performance.now() - this.#askedAt > ASK_MILLISECONDS) {
      const wait = away ? SHORT_WAIT_MILLISECONDS : WAIT_MILLISECONDS;
      await Promise.race([this.#ask(), sleep(wait, undefined, { ref: false })]);
      if (this.#isFresh()) return;
    }
    this.#missed ||= 1;
    const retrySeconds = Math.min(LONGEST_SECONDS, 2 ** (this.#missed - 1));
    throw new AwayError(this.name, { retrySeconds, cause: this.#cause });
  }

  #isFresh(): boolean {
    return performance.now() - this.#heardAt < FRESH_MILLISECONDS;
  }

  /** Asks once at a time. */
  #ask(): Promise<void> {
    this.#askedAt = performance.now();
    this.#asking ??= this.pool
      .query('select 1')
      .then(
        () => this.#heard(),
        (error) => {
          this.#missed += 1;
          this.#away(error);
        },
      )
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#missed = 0;
    this.#cause = undefined;
  }

  /** It cannot be connected to, for whatever reason: a wrong password is not mended by blaming records either. */
  #away(cause: unknown): AwayError {
    this.#heardAt = Number.NEGATIVE_INFINITY;
    this.#cause = cause;
    return new AwayError(this.name, { cause });
  }

  #told(error: unknown): unknown {
    // A request's time is over, or its client left: that says nothing of the database.
    if (error instanceof ElsewhereError || error instanceof ClientLeftError) return error;
    if (error instanceof OutOfTimeError && error.alive) return error;
    return isOutage(error) || isRefused(error) ? this.#away(error) : error;
  }
}

/** Whether the server does not let the role in, or has no such database. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(28...|3D000)$/.test(String(error.code));
}

/** What is committed there is not done again: the commit waits for the disk, whatever the role's setting is. */
const WAITING = `set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'local'), true)`;

/** A session elsewhere, whose outages are not those of OpenBulk's own database. */
class WireThere extends Wire {
  readonly #told: (error: unknown) => unknown;

  constructor(session: pg.ClientBase, told: (error: unknown) => unknown) {
    super(session);
    this.#told = told;
  }

  override answered(): Promise<void> {
    const answered = super.answered().catch((error) => {
      throw this.#told(error);
    });
    // As in `Wire`, the results behind a failed trip may never be awaited.
    answered.catch(() => {});
    return answered;
  }
}
