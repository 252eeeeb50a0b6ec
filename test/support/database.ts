import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openPool, type Pool } from '../../src/store/connection/pool.ts';
import { migrate } from '../../src/store/platform/migrate.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  drop(): Promise<void>;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a database on the server the suite runs against, from which new ones are made. */
    databaseUrl: string;
    /** A migrated database on that server, to be copied. */
    migratedDatabase: string;
  }
}

/** A database of its own, migrated, on the server that the suite runs against (or on `server`). */
export async function createTestDatabase(options: { migrated?: boolean; server?: string } = {}): Promise<TestDatabase> {
  const admin = options.server ?? inject('databaseUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const copied = options.migrated !== false && !options.server;
  const template = copied ? inject('migratedDatabase') : 'template0';
  // A third of the processor time of `wal_log`, which is for templates much smaller than the server's memory.
  await onServer(admin, `create database ${name} template ${template} strategy file_copy encoding 'UTF8'`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  const pool = openPool({ url: url.href, applicationName: 'openbulk test', max: 5 });
  if (options.migrated !== false && !copied) await migrate(pool);
  return {
    url: url.href,
    pool,
    async drop() {
      await pool.end();
      await onServer(admin, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
