import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hydrateSymlinks } from '../../src/embedded/cluster/binaries.ts';
import { isRunning, ownIdentity } from '../../src/embedded/processes/processes.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/start.ts';
import {
  accountOf,
  anyServerOf,
  checkoutForAll,
  command,
  eventually,
  kill,
  killCommands,
  processStatus,
  query,
  serverOf,
  startsOf,
} from './support.ts';

const ROOT = process.getuid?.() === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openbulk-embedded-'));
  // Readable for the account that runs the server, but for the test that is about the contrary.
  chmodSync(folder, 0o755);
});

afterEach(async () => {
  killCommands();
  for (const name of ['.', 'closed/data', 'own']) {
    const server = existsSync(join(folder, name)) && anyServerOf(join(folder, name));
    if (server) await kill(server, 'SIGQUIT');
  }
  rmSync(folder, { recursive: true, force: true });
});

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

test('ten commands started at once where one was killed holding the lock share one server', async () => {
  symlinkSync(JSON.stringify({ pid: 2 ** 22 + 1, started: 'long ago', nonce: 'dead' }), join(folder, 'postgres.lock'));
  const commands = await Promise.all(Array.from({ length: 10 }, () => command(folder)));
  expect(new Set(commands.map(({ url }) => url)).size).toBe(1);
  expect(startsOf(folder)).toBe(1);
  await Promise.all(commands.map((each) => each.end()));
  expect(anyServerOf(folder)).toBeUndefined();
  expect(readdirSync(folder).filter((name) => name.startsWith('postgres.lock'))).toEqual([]);
});

test('a command that starts while the last one leaves gets a server that stays', async () => {
  let current = await start();
  for (let round = 0; round < 6; round++) {
    const released = current.release();
    await delay(round * 4);
    const next = await start();
    await released;
    await query(next.url, 'select 1');
    current = next;
  }
  await current.release();
});

test('the server of a killed command is adopted by the next, which stops it when it leaves', async () => {
  const killed = await command(folder);
  const server = serverOf(folder);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'close');
  expect(isRunning(server)).toBe(true);
  const next = await start();
  expect(serverOf(folder)).toEqual(server);
  await query(next.url, 'select 1');
  await next.release();
  expect(isRunning(server)).toBe(false);
});

test('Ctrl-C in the terminal of a command does not reach the server', async () => {
  const { child } = await command(folder, { detached: true });
  const server = serverOf(folder);
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  await once(child, 'close');
  await delay(300);
  expect(isRunning(server)).toBe(true);
});

test('a server killed under its commands is restarted once, on its port, with what was committed', async () => {
  const [first, second] = [await start(), await start()];
  const pool = new pg.Pool({ connectionString: first.url, max: 2 });
  pool.on('error', () => {});
  await pool.query('create table kept (id int)');
  await pool.query('insert into kept values (1)');
  await kill(serverOf(folder), 'SIGKILL');
  expect(await eventually(async () => (await pool.query('select id from kept')).rows)).toEqual([{ id: 1 }]);
  await delay(1200);
  expect(startsOf(folder)).toBe(2);
  await pool.end();
  await second.release();
  await query(first.url, 'select 1');
  const server = serverOf(folder);
  await first.release();
  expect(isRunning(server)).toBe(false);
});

test('a backend that computes on after its server was killed does not hinder the restart', async () => {
  const postgres = await start();
  const busy = query(postgres.url, 'select count(*) from generate_series(1, 100000000000)').catch(() => 'cut off');
  await delay(300);
  await kill(serverOf(folder), 'SIGKILL');
  expect(await eventually(() => query(postgres.url, 'select 1 as one'))).toEqual([{ one: 1 }]);
  expect(await busy).toBe('cut off');
  await postgres.release();
});

test('a server that dies before its command releases it is no trouble', async () => {
  const postgres = await start();
  await kill(serverOf(folder), 'SIGKILL');
  await postgres.release();
  expect(anyServerOf(folder)).toBeUndefined();
});

test('a pid file left by a crash is not believed when its pid is another process by now', async () => {
  const crashed = await command(folder);
  crashed.child.kill('SIGKILL');
  await once(crashed.child, 'close');
  await kill(serverOf(folder), 'SIGKILL');
  // One that the server's account could signal: for others, PostgreSQL itself knows that they cannot be a server.
  const { uid, gid } = statSync(join(folder, 'postgres'));
  const stranger = spawn('sleep', ['20'], ROOT ? { uid, gid } : {});
  const file = join(folder, 'postgres', 'postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(stranger.pid)));
  expect(anyServerOf(folder)).toBeUndefined();
  const postgres = await start();
  await query(postgres.url, 'select 1');
  await postgres.release();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  stranger.kill();
});

test('a killed user whose pid is another process by now does not keep the server running', async () => {
  const postgres = await start();
  writeFileSync(join(folder, 'postgres.users', `${process.pid}-recycled`), 'long ago');
  const server = serverOf(folder);
  await postgres.release();
  expect(isRunning(server)).toBe(false);
});

test('a process is told from a later one with its pid, and from none', () => {
  expect(isRunning(ownIdentity())).toBe(true);
  expect(isRunning({ ...ownIdentity(), started: 'long ago' })).toBe(false);
  expect(isRunning({ pid: 2 ** 22 + 1, started: 'long ago' })).toBe(false);
});

test('a damaged password file is replaced, under a running server and under none', async () => {
  const file = join(folder, 'postgres', 'openbulk.json');
  const killed = await command(folder);
  await query(killed.url, 'create table kept (id int)');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'close');
  writeFileSync(file, '{"port": 54');
  const second = await start();
  expect(await query(second.url, 'select * from kept')).toEqual([]);
  await second.release();
  rmSync(file);
  const third = await start();
  expect(await query(third.url, 'select * from kept')).toEqual([]);
  await third.release();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a port that someone took in the meantime is left to them', async () => {
  const first = await start();
  await first.release();
  const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
  await once(squatter, 'listening');
  const second = await start();
  expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
  await query(second.url, 'select 1');
  await second.release();
  squatter.close();
});

test('what killed starts left half made is removed', async () => {
  for (const _ of ['before there is a cluster', 'and when there is one']) {
    mkdirSync(join(folder, 'postgres.init-1-dead', 'cluster'), { recursive: true });
    const postgres = await start();
    await postgres.release();
    expect(readdirSync(folder).filter((name) => name.startsWith('postgres.init-'))).toEqual([]);
  }
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

test('a server under a folder open to all has no power of root at all', async () => {
  const own = join(folder, 'own');
  const running = await command(own, { checkout: checkoutForAll(folder) });
  const status = processStatus(serverOf(own).pid);
  if (status) expect(status).toMatch(/^CapEff:\t0000000000000000$/m);
  expect(statSync(join(own, 'postgres')).uid).not.toBe(0);
  await running.end();
});

test('a normal user has a server of their own, and root may use it after them', async () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  const { uid, gid } = ROOT ? accountOf('nobody') : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  chownSync(own, uid, gid);
  const account = { ...(ROOT ? { uid, gid } : {}), checkout: checkoutForAll(folder) };
  const first = await command(own, account);
  await query(first.url, 'create table kept (id int)');
  await first.end();
  for (const name of ['postgres.log', 'postgres.users']) rmSync(join(own, name), { recursive: true });
  const postgres = await startEmbeddedPostgres({ dataDir: own });
  expect(await query(postgres.url, 'select * from kept')).toEqual([]);
  expect(statSync(join(own, 'postgres')).uid).toBe(uid);
  await postgres.release();
  const again = await command(own, account);
  await query(again.url, 'select 1');
  await again.end();
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
