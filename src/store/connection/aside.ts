import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** For an answer of a database that is alive, which may need a new connection, ms. */
const PATIENCE = 1_000;

/** A session at the server; its process's number is another one's some day. */
export interface Session {
  readonly pid: number;
  /** When it began, in the server's own words. */
  readonly began: string;
}

/** A connection beside those of a pool, made when it is needed: it tells whether the database is alive, and ends what others left running. */
export class Aside {
  readonly #pool: pg.Pool;
  #asking: Promise<boolean> | undefined;

  constructor(config: pg.PoolConfig) {
    this.#pool = new pg.Pool({
      ...config,
      max: 1,
      connectionTimeoutMillis: PATIENCE * 2,
      query_timeout: PATIENCE * 2,
      allowExitOnIdle: true,
    });
    this.#pool.on('error', () => {});
  }

  /** Whether the database answers, within a second. All who ask at the same time are told the same. */
  isAlive(): Promise<boolean> {
    this.#asking ??= Promise.race([this.#answers(), sleep(PATIENCE, false, { ref: false })]).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Ends a session that was the pool's. Nobody waits for that: where it fails, the session's own limits end it. */
  async terminate({ pid, began }: Session): Promise<void> {
    await this.#pool
      .query(
        'select pg_terminate_backend(pid) from pg_stat_get_activity($1) where extract(epoch from backend_start)::text = $2',
        [pid, began],
      )
      .catch(() => {});
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #answers(): Promise<boolean> {
    return this.#pool.query('select 1').then(
      () => true,
      () => false,
    );
  }
}
