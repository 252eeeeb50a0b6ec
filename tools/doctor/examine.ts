import { mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Config, readConfig, unknownSettings } from '../../src/config/config.ts';
import { startEmbeddedPostgres } from '../../src/embedded/start.ts';
import { findChromium } from '../../test/support/chromium.ts';
import type { Finding } from './report.ts';

/** Looks at this machine, with the settings of the environment. What it starts it stops, and what it makes it removes. */
export async function examine(env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  return [
    { what: 'Node.js', ok: true, found: process.versions.node },
    { what: 'machine', ok: true, found: `${availableParallelism()} processors, ${inGibibytes(totalmem())} of memory` },
    ...(await examineConfigured(env)),
    await examineConsole(),
    await examineChromium(),
    await examineSystemPostgres(),
  ];
}

/** The settings, and what they lead to where they are valid. */
async function examineConfigured(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const what = 'settings';
  let config: Config;
  try {
    config = readConfig(env);
  } catch (error) {
    return [{ what, ok: false, found: messageOf(error) }];
  }
  const unknown = unknownSettings(env);
  return [
    { what, ok: true, found: unknown.length === 0 ? 'valid' : `valid; not a setting: ${unknown.join(', ')}` },
    await (config.databaseUrl === undefined ? examineEmbedded() : examineDatabase(config.databaseUrl)),
    await examinePort(config),
    await examineDisk(config),
  ];
}

/** Starts the embedded PostgreSQL in a separate folder. */
async function examineEmbedded(): Promise<Finding> {
  const what = 'embedded PostgreSQL';
  const dataDir = await mkdtemp(join(tmpdir(), 'openbulk-doctor-'));
  try {
    const { url, release } = await startEmbeddedPostgres({ dataDir });
    try {
      return { what, ok: true, found: `${await versionOf(url)} starts and stops` };
    } finally {
      await release();
    }
  } catch (error) {
    return { what, ok: false, found: messageOf(error) };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The oldest PostgreSQL that is supported. */
const OLDEST = 15;

async function examineDatabase(url: string): Promise<Finding> {
  const what = 'PostgreSQL';
  try {
    const version = await versionOf(url);
    if (Number.parseInt(version, 10) >= OLDEST) return { what, ok: true, found: `${version}, at DATABASE_URL` };
    return { what, ok: false, found: `DATABASE_URL leads to ${version}; ${OLDEST} or later is needed.` };
  } catch (error) {
    return { what, ok: false, found: `DATABASE_URL cannot be reached: ${messageOf(error)}` };
  }
}

async function versionOf(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, query_timeout: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
    return rows[0]?.version as string;
  } finally {
    await client.end();
  }
}

async function examinePort({ host, port }: Config): Promise<Finding> {
  const what = `port ${port}`;
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
    return { what, ok: true, found: `free on ${host}` };
  } catch (error) {
    const advice = 'Stop what listens there, or set PORT and HOST to an address that is free.';
    return { what, ok: false, found: `${messageOf(error)}. ${advice}` };
  } finally {
    server.close();
  }
}

async function examineDisk({ dataDir, diskReserveBytes }: Config): Promise<Finding> {
  const what = 'disk';
  const folder = await nearest(dataDir);
  try {
    await rm(await mkdtemp(join(folder, 'openbulk-doctor-')), { recursive: true });
  } catch (error) {
    const advice = 'Set OPENBULK_DATA to a folder that OpenBulk may write.';
    return { what, ok: false, found: `${dataDir} cannot be used: ${messageOf(error)}. ${advice}` };
  }
  const { bavail, bsize } = await statfs(folder);
  const found = `${inGibibytes(bavail * bsize)} free for ${dataDir}`;
  if (bavail * bsize > diskReserveBytes) return { what, ok: true, found };
  const reserve = `${inGibibytes(diskReserveBytes)} are kept in reserve (OPENBULK_DISK_RESERVE_BYTES)`;
  return { what, ok: false, found: `${found}; ${reserve}: free some, or uploads are refused.` };
}

/** The folder itself, or the one in which it will be made. */
async function nearest(folder: string): Promise<string> {
  return (await isThere(folder)) ? folder : nearest(dirname(folder));
}

async function examineConsole(): Promise<Finding> {
  const what = 'web console';
  const built = await isThere(join(import.meta.dirname, '../../packages/console/dist/index.html'));
  if (built) return { what, ok: true, found: 'built' };
  return { what, ok: false, found: 'Not built: run npm run build.', for: 'the console' };
}

async function examineChromium(): Promise<Finding> {
  const what = 'Chromium';
  const path = await findChromium();
  if (path) return { what, ok: true, found: path };
  return {
    what,
    ok: false,
    found: 'None on PATH: install chromium-headless-shell or Chromium.',
    for: 'tests of pages',
  };
}

async function examineSystemPostgres(): Promise<Finding> {
  const what = "the system's PostgreSQL";
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  if (versions.length > 0) return { what, ok: true, found: versions.join(', ') };
  return { what, ok: false, found: 'None: install postgresql.', for: 'CI and npm run schema' };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function inGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
