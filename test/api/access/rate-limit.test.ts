import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/auth/clients/clients.ts';
import type { Permission } from '../../../src/auth/permissions.ts';
import { embeddedVerifier } from '../../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { createRateLimiter } from '../../../src/service/platform/rate-limiter.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { forgetFullBuckets, takePermits } from '../../../src/store/platform/rate-limits.ts';
import { readDocuments } from '../documents/operations.ts';
import { plainRequest, send } from '../documents/requests.ts';
import { type Answer, ISSUER, openServer, type TestServer } from '../server.ts';

const TASKS = '/v1/organizations/acme/bulk-tasks';
/** Requests a minute; a process takes 3 at a time, and 1 comes back each second. */
const BUDGET = 60;
const BATCH = 3;

let server: TestServer;
let second: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await openServer({ rateLimit: BUDGET });
  // Another process on the same database, as far as a request can tell.
  second = await openServer({ ...shared(), rateLimit: BUDGET });
  organizationId = await server.organization('acme');
});
afterAll(async () => {
  await second.close();
  await server.close();
});

/** Gives tokens of a client that has asked nothing yet. */
async function newClient(): Promise<(scope?: Permission) => Promise<string>> {
  const permissions: Permission[] = ['base.bulk.management.list', 'base.bulk.management.get'];
  const { clientId, clientSecret } = await createClient(server, { organizationId, name: 'test', permissions });
  return async (scope) => {
    const answer = await server.ask('/oauth2/token', {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }),
    });
    return String(answer.json.access_token);
  };
}

async function newToken(): Promise<string> {
  return (await newClient())();
}

function shared() {
  const { pool } = server;
  return { pool, verifier: embeddedVerifier({ pool, issuer: ISSUER }) };
}

function many(count: number, ask: (index: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
}

function allowed(answers: readonly Answer[]): number {
  return answers.filter(({ status }) => status === 200).length;
}

/** What a process may have taken and not yet given, and what comes back while the requests run. */
function expectBudget(count: number, seconds: number, processes: number): void {
  expect(count).toBeLessThanOrEqual(BUDGET + Math.ceil(seconds) + 1);
  expect(count).toBeGreaterThanOrEqual(BUDGET - processes * BATCH);
}

describe('a client that asks too much', () => {
  test('gets its budget and no more, however many ask at once', async () => {
    const token = await newToken();
    const begun = performance.now();
    const answers = await many(150, () => server.ask(TASKS, { token }));
    expectBudget(allowed(answers), (performance.now() - begun) / 1_000, 1);
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
  });

  test('gets it once from two processes together', async () => {
    const token = await newToken();
    const begun = performance.now();
    const answers = await many(200, (index) => (index % 2 ? server : second).ask(TASKS, { token }));
    expectBudget(allowed(answers), (performance.now() - begun) / 1_000, 2);
  });

  test('is told so in the envelope of the dialect, with when to come back', async () => {
    const token = await newToken();
    const answers = await many(100, () => server.ask(TASKS, { token }));
    const refused = answers.find(({ status }) => status === 429) as Answer;
    expect(refused.json).toEqual({
      status: false,
      error: {
        code: 4029,
        message: expect.stringMatching(/^This client can send 60 requests per minute\. Try again in \d s\.$/),
      },
    });
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]$/);
    expect(refused.headers.get('ratelimit')).toMatch(/^"default";r=0;t=60$/);
    expect(refused.headers.get('ratelimit-policy')).toBe('"default";q=60;w=60');
  });

  test('is let through again after the time it was told', async () => {
    const token = await newToken();
    const answers = await many(100, () => server.ask(TASKS, { token }));
    const seconds = Number(answers.find(({ status }) => status === 429)?.headers.get('retry-after'));
    await sleep(seconds * 1_000);
    expect((await server.ask(TASKS, { token })).status).toBe(200);
  });

  test('takes nothing from another client', async () => {
    const [loud, quiet] = [await newToken(), await newToken()];
    await many(100, () => server.ask(TASKS, { token: loud }));
    expect((await server.ask(TASKS, { token: quiet })).status).toBe(200);
  });
});

test('each token of the command line is a client of its own', async () => {
  const [loud, quiet] = [await server.token(organizationId), await server.token(organizationId)];
  const begun = performance.now();
  const answers = await many(100, () => server.ask(TASKS, { token: loud }));
  expectBudget(allowed(answers), (performance.now() - begun) / 1_000, 1);
  expect((await server.ask(TASKS, { token: quiet })).status).toBe(200);
});

describe('every authenticated answer says what is left', () => {
  test('also one that fails, and one that the token does not allow', async () => {
    const tokenFor = await newClient();
    const [token, weak] = [await tokenFor(), await tokenFor('base.bulk.management.get')];
    const answers = [
      await server.ask(TASKS, { token }),
      await server.ask(`${TASKS}?page=0`, { token }),
      await server.ask(`${TASKS}/0123456789abcdef01234567`, { token }),
      await server.ask(TASKS, { token: weak }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 404, 403]);
    const left = answers.map(({ headers }) =>
      Number(/^"default";r=(\d+);t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1]),
    );
    // One comes back each second.
    for (const [index, each] of left.entries()) {
      expect(each).toBeGreaterThanOrEqual(59 - index);
      expect(each).toBeLessThan(60);
    }
    for (const { headers } of answers) expect(headers.get('ratelimit-policy')).toBe('"default";q=60;w=60');
  });

  test('on every route of every dialect', async () => {
    const token = await server.token(organizationId, []);
    for (const operation of (await readDocuments()).flatMap((document) => document.operations)) {
      const parts = await plainRequest(operation, {});
      const { headers } = await send(server.port, operation, parts, token);
      expect([operation.operationId, headers['ratelimit-policy']]).toEqual([
        operation.operationId,
        '"default";q=60;w=60',
      ]);
    }
  });

  test('but none without a valid token: whose it would be is not known', async () => {
    for (const token of [undefined, 'not.a.token']) {
      const answer = await server.ask(TASKS, token === undefined ? {} : { token });
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([401, null]);
    }
  });

  test('and none where there is no limit', async () => {
    const free = await openServer(shared());
    try {
      const answer = await free.ask(TASKS, { token: await server.token(organizationId) });
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
    } finally {
      await free.close();
    }
  });
});

describe('the bucket', () => {
  const take = (client: string, wanted: number) => takePermits(server.pool, { client, budget: BUDGET, wanted });

  test('is full at first, gives what it has, and then nothing', async () => {
    expect(await take('bucket', 50)).toEqual({ granted: 50, left: 10 });
    expect((await take('bucket', 50)).granted).toBe(10);
    expect((await take('bucket', 50)).granted).toBe(0);
  });

  test('refills at its rate by the clock of the database, and no further than full', async () => {
    await take('clock', 60);
    await server.pool.query(
      `update rate_limits set refilled_at = now() - interval '20.5 seconds' where client = 'clock'`,
    );
    const { granted, left } = await take('clock', 60);
    expect(granted).toBe(20);
    expect(left).toBeGreaterThanOrEqual(0.5);
    await server.pool.query(`update rate_limits set refilled_at = now() - interval '1 day' where client = 'clock'`);
    expect(await take('clock', 60)).toEqual({ granted: 60, left: 0 });
  });

  test('loses nothing to a clock that goes back', async () => {
    await take('back', 30);
    await server.pool.query(`update rate_limits set refilled_at = now() + interval '1 hour' where client = 'back'`);
    expect(await take('back', 10)).toEqual({ granted: 10, left: 20 });
  });

  test('gives out its budget exactly when many take at once', async () => {
    const grants = await Promise.all(Array.from({ length: 40 }, () => take('crowd', 7)));
    const sum = grants.reduce((total, { granted }) => total + granted, 0);
    expect(sum).toBeGreaterThanOrEqual(60);
    expect(sum).toBeLessThanOrEqual(62);
  });

  test('is forgotten when it has been full for long', async () => {
    await take('old', 1);
    await take('young', 1);
    await server.pool.query(`update rate_limits set refilled_at = now() - interval '11 minutes' where client = 'old'`);
    await forgetFullBuckets(server.pool);
    const { rows } = await server.pool.query(`select client from rate_limits where client in ('old', 'young')`);
    expect(rows).toEqual([{ client: 'young' }]);
  });
});

test('a thousand requests cost a query for each batch, not for each', async () => {
  let queries = 0;
  const counted = new Proxy(server.pool, {
    get(pool, name) {
      if (name === 'query') queries += 1;
      return Reflect.get(pool, name);
    },
  });
  const limiter = createRateLimiter({ pool: counted, budget: 10_000 });
  const standings = await Promise.all(Array.from({ length: 1_000 }, () => limiter.count('batches')));
  expect(standings.every((standing) => standing.allowed)).toBe(true);
  expect(queries).toBe(2);
});

test('without the database nobody is refused', async () => {
  const pool = openPool({ url: 'postgres://127.0.0.1:1/none', applicationName: 'test', max: 1 });
  try {
    const limiter = createRateLimiter({ pool, budget: 20 });
    const standings = await Promise.all(Array.from({ length: 100 }, () => limiter.count('anyone')));
    expect(standings.every((standing) => standing.allowed)).toBe(true);
  } finally {
    await pool.end();
  }
});
