import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/embedded/start.ts';
import { openPool, type Pool } from '../../src/store/connection/pool.ts';
import { migrate } from '../../src/store/platform/migrate.ts';

/** A server on which benchmarks make their databases: the one that `BENCH_DATABASE_URL` names, or a separate embedded one. */
export interface BenchServer {
  /** Where files may be put; removed with the server. */
  readonly folder: string;
  readonly version: string;
  /** A fresh database with our tables, everything before it on disk. */
  database(): Promise<BenchDatabase>;
  close(): Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  readonly pool: Pool;
  drop(): Promise<void>;
}

export async function openBenchServer(): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'openbulk-bench-'));
  const given = process.env.BENCH_DATABASE_URL;
  const embedded = given ? undefined : await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  const admin = new pg.Client(given ?? (embedded?.url as string));
  await admin.connect();
  const { rows } = await admin.query<{ version: string }>("select current_setting('server_version') as version");
  let made = 0;
  return {
    folder,
    version: `PostgreSQL ${rows[0]?.version}`,
    async database() {
      made += 1;
      const name = `bench_${process.pid}_${made}`;
      await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
      const url = new URL(given ?? (embedded?.url as string));
      url.pathname = `/${name}`;
      const pool = openPool({ url: url.href, applicationName: 'openbulk bench', max: 20, purpose: 'maintenance' });
      await migrate(pool);
      await admin.query('checkpoint');
      return {
        url: url.href,
        pool,
        async drop() {
          await pool.end();
          await admin.query(`drop database ${name} with (force)`);
        },
      };
    },
    async close() {
      await admin.end();
      await embedded?.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
