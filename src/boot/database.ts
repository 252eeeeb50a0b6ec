import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { startEmbeddedPostgres } from '../store/embedded/start.ts';
import { migrate } from '../store/migrate.ts';
import { openPool, type Pool } from '../store/pool.ts';

export type { Pool } from '../store/pool.ts';

export interface Database {
  readonly url: string;
  readonly pool: Pool;
  /** Closes the pool, and stops the embedded server if nobody else uses it. */
  close(): Promise<void>;
}

/** Opens the configured database, or an embedded one in the data folder, and brings its schema up to date. */
export async function openDatabase(
  config: Config,
  log: Logger,
  options: { readonly applicationName: string; readonly connections: number },
): Promise<Database> {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log: (message) => log.info(message) });
  const url = config.databaseUrl ?? (embedded?.url as string);
  const pool = openPool({
    url,
    applicationName: options.applicationName,
    max: options.connections,
    onError: (error) => log.warn({ err: error }, 'lost a database connection'),
  });
  const close = async () => {
    await pool.end();
    await embedded?.release();
  };
  try {
    for (const name of await migrate(pool)) log.info({ migration: name }, 'migrated the database');
  } catch (error) {
    await close();
    throw error;
  }
  return { url, pool, close };
}
