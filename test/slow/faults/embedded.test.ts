import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isRunning } from '../../../src/embedded/processes/processes.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/embedded/start.ts';
import {
  accountOf,
  anyServerOf,
  checkoutForAll,
  command,
  eventually,
  kill,
  makeFolder,
  processStatus,
  query,
  removeFolder,
  serverOf,
  startsOf,
} from '../../embedded/support.ts';

/** The embedded PostgreSQL when its commands, its server or their files come to harm. */
const ROOT = process.getuid?.() === 0;

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => removeFolder(folder));

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

async function start(): Promise<EmbeddedPostgres> {
  return await startEmbeddedPostgres({ dataDir: folder });
}
