import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openPool } from '../../src/store/connection/pool.ts';
import { migrate } from '../../src/store/platform/migrate.ts';

/** What the databases of a run take at most, with their log, and as much again. */
const MEMORY_BYTES = 8 * 2 ** 30;

type Undo = () => Promise<unknown>;

/** The server all test files share: the one `TEST_DATABASE_URL` names, else an embedded one made for this run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const undo: Undo[] = [];
  const teardown = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const url = process.env.TEST_DATABASE_URL ?? (await startServer(undo));
    project.provide('databaseUrl', url);
    project.provide('migratedDatabase', await makeMigrated(url, undo));
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

async function startServer(undo: Undo[]): Promise<string> {
  const { startEmbeddedPostgres } = await import('../../src/embedded/start.ts');
  const folder = await mkdtemp(join(await roomInMemory(), 'openbulk-test-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  undo.push(postgres.release);
  // Tests kill processes, never the machine: what a killed server had written is there without waiting for the disk, and whole.
  const careless = ['fsync', 'full_page_writes'].map((name) => `alter system set ${name} = off`);
  await onServer(postgres.url, ...careless, 'select pg_reload_conf()');
  return postgres.url;
}

/** Databases come and go by the hundred, each of 300 files: a third of the time in memory, where a machine has that much to spare. */
async function roomInMemory(): Promise<string> {
  const memory = '/dev/shm';
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= MEMORY_BYTES && freemem() >= MEMORY_BYTES ? memory : tmpdir();
}

/** A migrated database, of which each test file gets a copy: migrating takes ten times as long as copying. @returns its name */
async function makeMigrated(url: string, undo: Undo[]): Promise<string> {
  const name = `test_migrated_${randomBytes(6).toString('hex')}`;
  await onServer(url, `create database ${name} template template0 encoding 'UTF8'`);
  undo.push(() => onServer(url, `drop database if exists ${name} with (force)`));
  const own = new URL(url);
  own.pathname = `/${name}`;
  const pool = openPool({ url: own.href, applicationName: 'openbulk test', max: 1 });
  try {
    await migrate(pool);
  } finally {
    await pool.end();
  }
  return name;
}

async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
