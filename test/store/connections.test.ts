import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isOutage, isTimeout, openPool, type Pool, type PoolOptions } from '../../src/store/connection/pool.ts';
import { ClientLeftError, OutOfTimeError, RequestScope } from '../../src/store/connection/request-scope.ts';
import { watchConnection } from '../../src/store/connection/watch-connection.ts';
import { type Cuttable, cuttable } from '../support/crashes/cuttable.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let way: Cuttable;
const pools: Pool[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  way = await cuttable(database.url);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});
afterAll(async () => {
  await way.cut();
  await database.drop();
});

function open(options: Partial<PoolOptions> = {}): Pool {
  const pool = openPool({ url: way.url, applicationName: 'lent', max: 4, purpose: 'requests', ...options });
  pools.push(pool);
  return pool;
}

function scopeOf(organizationId: string): RequestScope {
  const scope = new RequestScope();
  scope.organizationId = organizationId;
  return scope;
}

/** How many statements with that text run at the server. */
async function running(text: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*) from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()`,
    [`${text}%`],
  );
  return rows[0]?.count ?? 0;
}

test('an organization has half of the connections, whatever it asks, and another gets one at once', async () => {
  const pool = open();
  const greedy = Array.from({ length: 6 }, () => scopeOf('greedy'));
  const asked = greedy.map((scope) => scope.run(() => pool.query('select pg_sleep(60) -- greedy')).catch(String));
  await expect.poll(() => running('select pg_sleep(60) -- greedy')).toBe(2);
  const { rows } = await scopeOf('other').run(() => pool.query('select 1 as one'));
  expect(rows).toEqual([{ one: 1 }]);
  expect(await running('select pg_sleep(60) -- greedy')).toBe(2);
  for (const scope of greedy) scope.leave();
  await Promise.all(asked);
});

test('what is heavy has a share of its own, so that an organization has what is quick beside it', async () => {
  const pool = open({ max: 16 });
  const scopes = Array.from({ length: 8 }, () => scopeOf('heavy'));
  const asked = scopes.map((scope) =>
    scope.run(() => pool.heavily(() => pool.query('select pg_sleep(60) -- heavy'))).catch(String),
  );
  await expect.poll(() => running('select pg_sleep(60) -- heavy')).toBeGreaterThan(0);
  const { rows } = await scopeOf('heavy').run(() => pool.query('select 1 as one'));
  expect(rows).toEqual([{ one: 1 }]);
  expect(await running('select pg_sleep(60) -- heavy')).toBeLessThan(8);
  for (const scope of scopes) scope.leave();
  await Promise.all(asked);
});

test('what runs for a client that leaves is ended at the server', async () => {
  const pool = open();
  const scope = scopeOf('a');
  const asked = scope.run(() => pool.query('select pg_sleep(60) -- left'));
  await expect.poll(() => running('select pg_sleep(60) -- left')).toBe(1);
  scope.leave();
  await expect(asked).rejects.toBeInstanceOf(ClientLeftError);
  await expect.poll(() => running('select pg_sleep(60) -- left')).toBe(0);
});

test('what takes longer than a request waits is ended, here and at the server; what is heavy has longer', async () => {
  const pool = open();
  const heavy = scopeOf('b').run(() =>
    pool.heavily(() => pool.query('select pg_sleep(4.5) -- heavy, but not too heavy')),
  );
  const asked = scopeOf('a').run(() => pool.query('select pg_sleep(60) -- slow'));
  const error = await asked.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OutOfTimeError);
  // Done or not: nobody knows, as when a connection breaks.
  expect([(error as OutOfTimeError).alive, isOutage(error)]).toEqual([true, true]);
  await expect.poll(() => running('select pg_sleep(60) -- slow')).toBe(0);
  await heavy;
});

test('a request waits once for all its statements, and as long again when it gets on', async () => {
  const pool = open();
  const scope = scopeOf('a');
  const wait = (seconds: number) => scope.run(() => pool.query('select pg_sleep($1)', [seconds]));
  await wait(2);
  scope.renew();
  await wait(2);
  await expect(wait(2)).rejects.toBeInstanceOf(OutOfTimeError);
});

test('the server ends what takes longer than its purpose allows, which is no outage', async () => {
  const error = await open({ purpose: 'vitals' })
    .query('select pg_sleep(60)')
    .catch((reason: unknown) => reason);
  const told = error instanceof OutOfTimeError || (isTimeout(error) && !isOutage(error));
  expect(told).toBe(true);
});

test('what many wait for goes on when the one leaves that asked for it', async () => {
  const pool = open({ purpose: 'vitals' });
  const scope = scopeOf('a');
  const asked = scope.run(() => pool.query('select pg_sleep(0.5)'));
  scope.leave();
  expect((await asked).rowCount).toBe(1);
});

test('when one connection is found dead, the others are not waited for one by one', async () => {
  const pool = open({ max: 8 });
  await Promise.all(Array.from({ length: 8 }, () => pool.query('select pg_sleep(0.2)')));
  expect(pool.idleCount).toBe(8);
  const before = way.connections;
  way.silence();
  const first = await scopeOf('a')
    .run(() => pool.query('select 1'))
    .catch((reason: unknown) => reason);
  expect(isOutage(first)).toBe(true);
  const begun = performance.now();
  const { rows } = await scopeOf('a').run(() => pool.query('select 1 as one'));
  expect(rows).toEqual([{ one: 1 }]);
  // One is asked whether it answers, for a second; that tells of all.
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(way.connections).toBeGreaterThan(before);
});

test('a pool ends although something runs on it, and although nobody answers its goodbye', async () => {
  const pool = openPool({ url: way.url, applicationName: 'ending', max: 4 });
  await Promise.all([pool.query('select pg_sleep(0.1)'), pool.query('select pg_sleep(0.1)')]);
  const asked = pool.query('select pg_sleep(61)').catch((error: Error) => error.message);
  await expect.poll(() => running('select pg_sleep(61)')).toBe(1);
  way.silence();
  await pool.end();
  expect(await asked).toMatch(/^Connection terminated/);
  await sleep(0);
});

test('a connection that was silent since nothing was asked is not dead when it is asked something', async () => {
  const client = new pg.Client(database.url);
  await client.connect();
  watchConnection(client, 500);
  await client.query('select 1');
  await once(client.connection.stream as Socket, 'timeout');
  // Still at work a second later, when bytes that had come in meanwhile would be seen.
  expect((await client.query('select pg_sleep(1.2)')).rowCount).toBe(1);
  await client.end();
});
