import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { startEmbeddedPostgres } from '../embedded/start.ts';
import { patiently } from '../store/connection/patience.ts';
import { openPool, type Pool, type Purpose } from '../store/connection/pool.ts';
import { migrate } from '../store/platform/migrate.ts';

export type { Pool } from '../store/connection/pool.ts';

export interface Database {
  readonly url: string;
  readonly pool: Pool;
  /** Closes the pool, and stops the embedded server if no other process uses it. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly applicationName: string;
  readonly connections: number;
  /** `work` when not given. */
  readonly purpose?: Purpose;
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
  { applicationName, connections, purpose = 'work', stop }: DatabaseOptions,
): Promise<Database> {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log: (message) => log.info(message) });
  const url = config.databaseUrl ?? (embedded?.url as string);
  const onError = (error: Error) => log.warn({ err: error }, 'lost a database connection');
  const pool = openPool({ url, applicationName, max: connections, purpose, onError });
  const close = async () => {
    await pool.end();
    await embedded?.release();
  };
  try {
    // An embedded one was just started here: where that does not answer, waiting would not help.
    const applied = await (stop && !embedded ? patiently({ stop, log }, () => migrateOn(url)) : migrateOn(url));
    for (const name of applied) log.info({ migration: name }, 'migrated the database');
  } catch (error) {
    await close();
    throw error;
  }
  return { url, pool, close };
}

/** On a connection of its own: a migration takes as long as it takes, and waits for another process that has begun it. */
async function migrateOn(url: string): Promise<string[]> {
  const pool = openPool({ url, applicationName: 'openbulk migrate', max: 1, purpose: 'maintenance' });
  try {
    return await migrate(pool);
  } finally {
    await pool.end();
  }
}
