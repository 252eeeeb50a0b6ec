import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { startEmbeddedPostgres } from '../store/embedded/start.ts';
import { migrate } from '../store/migrate.ts';
import { patiently } from '../store/patience.ts';
import { openPool, type Pool } from '../store/pool.ts';

export type { Pool } from '../store/pool.ts';

export interface Database {
  readonly url: string;
  readonly pool: Pool;
  /** Closes the pool, and stops the embedded server if nobody else uses it. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly applicationName: string;
  readonly connections: number;
  /** Waits for a configured database that is not there, until this says stop; not given: it must be there. */
  readonly stop?: AbortSignal;
}

/**
 * Opens the configured database, or an embedded one in the data folder, and brings its schema up to date.
 *
 * @throws WaitedInVainError
 */
export async function openDatabase(
  config: Config,
  log: Logger,
  { applicationName, connections, stop }: DatabaseOptions,
): Promise<Database> {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log: (message) => log.info(message) });
  const url = config.databaseUrl ?? (embedded?.url as string);
  const pool = openPool({
    url,
    applicationName,
    max: connections,
    onError: (error) => log.warn({ err: error }, 'lost a database connection'),
  });
  const close = async () => {
    await pool.end();
    await embedded?.release();
  };
  try {
    // An embedded one was just started here: where that does not answer, waiting would not help.
    const applied = await (stop && !embedded ? patiently({ stop, log }, () => migrate(pool)) : migrate(pool));
    for (const name of applied) log.info({ migration: name }, 'migrated the database');
  } catch (error) {
    await close();
    throw error;
  }
  return { url, pool, close };
}
