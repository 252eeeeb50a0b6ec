import type { Logger } from 'pino';
import type { Pool } from '../boot/database.ts';
import { openDatabase } from '../boot/database.ts';
import { openLog } from '../boot/log.ts';
import { type Config, readConfig } from '../config/config.ts';
import { ensureDemoOrganization, type Organization, resolveOrganization } from '../service/platform/organizations.ts';
import { UsageError } from './terminal/exit.ts';
import { plain } from './terminal/format.ts';

/** Runs a command on the database itself, as `serve` would find it. */
export async function withDatabase(work: (pool: Pool, config: Config, log: Logger) => Promise<void>): Promise<void> {
  const config = readConfig();
  // A person waits for one answer: how the database was started is of interest when something is looked for.
  const logLevel = config.logLevel === 'info' ? 'warn' : config.logLevel;
  const log = openLog({ ...config, logLevel }, 'command');
  const database = await openDatabase(config, log, {
    applicationName: 'openbulk command',
    connections: 2,
    purpose: 'maintenance',
  });
  try {
    await ensureDemoOrganization({ pool: database.pool });
    await work(database.pool, config, log);
  } finally {
    await database.close();
  }
}

/** The organization with the given slug or id. @throws UsageError if there is none */
export async function namedOrganization(pool: Pool, name: string): Promise<Organization> {
  const organization = await resolveOrganization({ pool }, name);
  if (organization) return organization;
  throw new UsageError(
    `No organization is named ${JSON.stringify(plain(name))}. "openbulk org list" shows all organizations; "openbulk org create" creates one.`,
  );
}
