import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hydrateSymlinks } from '../../src/embedded/cluster/binaries.ts';
import { isRunning, ownIdentity } from '../../src/embedded/processes/processes.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/start.ts';
import { anyServerOf, command, kill, makeFolder, processStatus, query, removeFolder, serverOf } from './support.ts';

const ROOT = process.getuid?.() === 0;

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => removeFolder(folder));

test('an empty folder gives a durable PostgreSQL that asks for its password and is gone after the release', async () => {
  const postgres = await start();
  const settings = ['fsync', 'synchronous_commit', 'listen_addresses', 'server_encoding', 'data_checksums'];
  const [row] = await query(
    postgres.url,
    `select ${settings.map((s) => `current_setting('${s}') as ${s}`).join(', ')}`,
  );
  expect(row).toEqual({
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    server_encoding: 'UTF8',
    data_checksums: 'on',
  });
  await expect(query(postgres.url.replace(/:[^:@]+@/, ':guess@'), 'select 1')).rejects.toThrow(/password/);
  const server = serverOf(folder);
  await postgres.release();
  expect(isRunning(server)).toBe(false);
  expect(readdirSync(join(folder, 'postgres.users'))).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(['postgres', 'postgres.log', 'postgres.users']);
  rmSync(folder, { recursive: true });
  await postgres.release();
});

test('a second command shares the server, quickly, and it lives until the last of them leaves', async () => {
  const first = await start();
  await query(first.url, 'create table kept (id int)');
  const before = performance.now();
  const second = await start();
  expect(performance.now() - before).toBeLessThan(500);
  expect(second.url).toBe(first.url);
  await first.release();
  await first.release();
  expect(await query(second.url, 'select * from kept')).toEqual([]);
  const server = serverOf(folder);
  await second.release();
  expect(isRunning(server)).toBe(false);
});

test('the next start finds the same data at the same address', async () => {
  const first = await start();
  await query(first.url, 'create table kept (id int)');
  await first.release();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select * from kept')).toEqual([]);
  await second.release();
});

test('two commands started at once in an empty folder share one server', async () => {
  const [first, second] = await Promise.all([command(folder), command(folder)]);
  expect(first.url).toBe(second.url);
  await query(first.url, 'select 1');
  await first.end();
  await query(second.url, 'select 1');
  await second.end();
  expect(anyServerOf(folder)).toBeUndefined();
});

test('Ctrl-C in the terminal of a command does not reach the server', async () => {
  const { child } = await command(folder, { detached: true });
  const server = serverOf(folder);
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  await once(child, 'close');
  await delay(300);
  expect(isRunning(server)).toBe(true);
});

test('a server that dies before its command releases it is no trouble', async () => {
  const postgres = await start();
  await kill(serverOf(folder), 'SIGKILL');
  await postgres.release();
  expect(anyServerOf(folder)).toBeUndefined();
});

test('a process is told from a later one with its pid, and from none', () => {
  expect(isRunning(ownIdentity())).toBe(true);
  expect(isRunning({ ...ownIdentity(), started: 'long ago' })).toBe(false);
  expect(isRunning({ pid: 2 ** 22 + 1, started: 'long ago' })).toBe(false);
});

test('the cluster of another major version is refused with what to do', async () => {
  mkdirSync(join(folder, 'postgres'));
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '15\n');
  await expect(start()).rejects.toThrow(/created by PostgreSQL 15.*includes PostgreSQL 18.*DATABASE_URL/);
  expect(readdirSync(join(folder, 'postgres.users'))).toEqual([]);
});

test('a folder named postgres that holds something else is left alone', async () => {
  mkdirSync(join(folder, 'postgres'));
  writeFileSync(join(folder, 'postgres', 'precious.txt'), '');
  await expect(start()).rejects.toThrow(/is not a PostgreSQL cluster/);
  expect(readdirSync(join(folder, 'postgres'))).toEqual(['precious.txt']);
});

test('a server that cannot start says so at once, in its own words', async () => {
  const first = await start();
  await first.release();
  writeFileSync(join(folder, 'postgres', 'pg_hba.conf'), 'nonsense\n');
  const before = performance.now();
  await expect(start()).rejects.toThrow(/ended while starting[\s\S]*could not load .*pg_hba\.conf/);
  expect(performance.now() - before).toBeLessThan(5000);
});

test('a data folder that cannot be had is named with the ways out', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(startEmbeddedPostgres({ dataDir: join(file, 'data') })).rejects.toThrow(
    /cannot use .*file.data.*OPENBULK_DATA.*DATABASE_URL/,
  );
});

test('the log starts anew past 10 MB, keeping the old one', async () => {
  writeFileSync(join(folder, 'postgres.log'), Buffer.alloc(11 * 1024 * 1024, 'x'));
  const postgres = await start();
  expect(statSync(join(folder, 'postgres.log')).size).toBeLessThan(10_000);
  expect(statSync(join(folder, 'postgres.log.1')).size).toBe(11 * 1024 * 1024);
  await postgres.release();
});

test('a folder inside one that is closed to others works, for root as for its owner, and stays closed', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const postgres = await startEmbeddedPostgres({ dataDir: join(closed, 'data') });
  await query(postgres.url, 'create table kept as select generate_series(1, 1000) as id');
  await query(postgres.url, 'checkpoint');
  expect(statSync(closed).mode & 0o777).toBe(0o700);
  // The server, and what it forks, must hold no more of root's power than it takes to enter the folder.
  const status = processStatus(serverOf(join(closed, 'data')).pid);
  if (ROOT && status) {
    expect(status).toMatch(/^CapEff:\t000000000000000(4|2)$/m);
    expect(status).not.toMatch(/^Uid:.*\t0\t/m);
    expect(status).toMatch(/^Groups:\t *$/m);
  }
  await postgres.release();
});

test('library links that no install script made are made, by many at once, and only where they are missing', async () => {
  const lib = join(folder, 'native', 'lib');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, 'libpq.so.5.18'), 'library');
  symlinkSync('elsewhere', join(lib, 'libpq.so'));
  const links = ['libpq.so', 'libpq.so.5', 'libpq.so.x'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }));
  writeFileSync(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  await Promise.all(Array.from({ length: 5 }, () => hydrateSymlinks(folder)));
  await hydrateSymlinks(folder);
  expect(readlinkSync(join(lib, 'libpq.so.5'))).toBe('libpq.so.5.18');
  expect(readFileSync(join(lib, 'libpq.so.x'), 'utf8')).toBe('library');
  expect(readlinkSync(join(lib, 'libpq.so'))).toBe('elsewhere');
  expect(lstatSync(join(lib, 'libpq.so.5.18')).isSymbolicLink()).toBe(false);
});

test('a platform package without a list of links needs none', async () => {
  await expect(hydrateSymlinks(folder)).resolves.toBeUndefined();
});

async function start(): Promise<EmbeddedPostgres> {
  return await startEmbeddedPostgres({ dataDir: folder });
}
