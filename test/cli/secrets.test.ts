import { request as open } from 'node:http';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readDocuments } from '../api/documents/operations.ts';
import { plainRequest } from '../api/documents/requests.ts';
import { SECRET_KEY } from '../support/sign-in/secret.ts';
import { openCollector } from '../support/traces/collector.ts';
import { type Command, freePort, openbulk } from './command.ts';
import { runHere, type Said } from './in-process.ts';
import { ownPlace } from './own-servers.ts';

/** What the program keeps to itself: in its log, in its messages, and of its keys and tokens. */
const place = ownPlace();

function start(args: readonly string[], env: Record<string, string> = {}): Command {
  const own = { DATABASE_URL: place.database.url, OPENBULK_DATA: place.folder.path, OPENBULK_WORKERS: '0' };
  return openbulk(args, { cwd: place.folder.path, env: { ...own, ...env } });
}

function run(...args: string[]): Promise<Said> {
  return runHere(args, { DATABASE_URL: place.database.url, OPENBULK_DATA: place.folder.path });
}

const MARK = 'Zq7SECRETzQ';

/** Sends a request with the mark wherever a client can put something, and waits for the answer. */
function ask(
  port: number,
  method: string,
  path: string,
  given: { headers?: object; body?: Buffer } = {},
): Promise<number> {
  const headers = {
    'user-agent': MARK,
    referer: `http://x/?${MARK}=${MARK}`,
    cookie: `openbulk=${MARK}; other=${MARK}`,
    'idempotency-key': MARK,
    'openbulk-organization': MARK,
    'last-event-id': MARK,
    'accept-version': MARK,
    'x-forwarded-for': MARK,
    ...given.headers,
    ...(given.body && { 'content-length': given.body.length }),
  };
  return new Promise((resolve, reject) => {
    const request = open({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => {}).destroy();
    });
    request.on('error', reject);
    request.end(given.body);
  });
}

test('neither the log nor a trace has anything that a client sends in a query, a header or a body', async () => {
  const port = await freePort();
  const collector = await openCollector();
  onTestFinished(collector.close);
  const server = start(['serve'], {
    ...{ PORT: String(port), OPENBULK_LOG: 'trace', OPENBULK_WORKERS: '1' },
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${MARK}`,
  });
  await server.says('"ready"');
  const token = (await start(['token'], { PORT: String(port) }).ended).stdout.trim();
  const query = `?q=${MARK}&${MARK}${'x'.repeat(40)}&client_secret=${MARK}&link=${MARK}&code=${MARK}&state=${MARK}&error=${MARK}`;
  const tokens = [`Bearer ${token}`, `Bearer ${MARK}`, `Basic ${Buffer.from(`${MARK}:${MARK}`).toString('base64')}`];
  for (const { operations } of await readDocuments()) {
    for (const operation of operations) {
      const { body, path: ids } = await plainRequest(operation, { organizationId: 'demo' });
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'demo');
      const type = body.type ?? 'application/json';
      for (const authorization of tokens) {
        // Once as it should be with a mark behind it, and once as nobody can read it.
        for (const bytes of [
          Buffer.concat([body.bytes ?? Buffer.from('{}'), Buffer.from(MARK)]),
          Buffer.from(`{"${MARK}":"${MARK}`),
        ]) {
          const sent = {
            headers: { authorization, 'content-type': type },
            ...(operation.method !== 'GET' && { body: bytes }),
          };
          expect(await ask(port, operation.method, path + query, sent)).toBeLessThan(500);
        }
      }
    }
  }
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded', origin: `http://127.0.0.1:${port}` } };
  const body = Buffer.from(
    `grant_type=client_credentials&client_id=${MARK}&client_secret=${MARK}&name=${MARK}&password=${MARK}`,
  );
  for (const path of [
    '/oauth2/token',
    '/oauth2/auth',
    '/oauth2/interaction/x',
    '/auth/password',
    '/auth/sign-out',
    '/nothing',
  ]) {
    for (const method of ['GET', 'POST']) {
      await ask(port, method, path + query, { ...form, ...(method === 'POST' && { body }) });
    }
  }
  for (const path of [
    '/auth/sign-in',
    '/auth/callback',
    '/auth/session',
    '/docs',
    '/openapi',
    '/livez',
    '/',
    '/assets/x',
    '/%zz',
    '/metrics',
  ]) {
    await ask(port, 'GET', path + query, { headers: { authorization: `Bearer ${MARK}` } });
  }
  // A file whose cells are secrets, of which one is an error.
  const file = Buffer.from(
    [
      '--b',
      'Content-Disposition: form-data; name="action"',
      '',
      'import-inventory-items',
      '--b',
      'Content-Disposition: form-data; name="file"; filename="x.csv"',
      '',
      `${MARK},${MARK}\n${MARK},${MARK}`,
      '--b--',
      '',
    ].join('\r\n'),
  );
  const importing = {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'multipart/form-data; boundary=b',
      'idempotency-key': 'x',
    },
    body: file,
  };
  // Once with parameters that it does not take, and once as it is done.
  for (const parameters of [query, '']) {
    const path = `/v1/organizations/demo/bulk-tasks${parameters}`;
    expect(await ask(port, 'POST', path, importing).catch(() => 0)).toBeLessThan(500);
  }
  const failed = async () =>
    (await place.database.pool.query("select count(*) as n from tasks where status = 'failed'")).rows[0]?.n;
  await expect.poll(failed, { timeout: 20_000 }).toBeGreaterThan(0);
  server.child.kill('SIGTERM');
  const { stderr } = await server.ended;
  expect(stderr).toContain('/v1/organizations/demo/bulk-tasks?q&');
  expect(stderr.split('\n').filter((line) => line.includes(MARK))).toEqual([]);
  expect(stderr).not.toContain(Buffer.from(MARK).toString('base64').slice(0, 12));
  expect(stderr).not.toContain(token);
  const { spans, requests } = collector;
  expect(requests[0]?.headers['api-key']).toBe(MARK);
  expect(spans.filter(({ kind }) => kind === 'server').length).toBeGreaterThan(100);
  expect(spans.filter(({ failed }) => failed)).toMatchObject([{ kind: 'consumer' }]);
  const exported = Buffer.concat(requests.map(({ body }) => body)).toString('latin1');
  for (const secret of [MARK, token]) expect(exported.includes(secret)).toBe(false);
}, 180_000);

describe('the password of a DATABASE_URL', () => {
  test.each([
    ['where nothing listens', () => `postgres://u:${MARK}@127.0.0.1:1/d`],
    ['whose host is not known', () => `postgres://u:${MARK}@nobody.invalid/d`],
    ['that is refused', () => Object.assign(new URL(place.database.url), { username: 'nobody', password: MARK }).href],
    ['given as a parameter', () => `postgres://127.0.0.1:1/d?password=${MARK}`],
    ['that is a number and a slash', () => `postgres://u:12/${MARK}@h.invalid/d`],
  ])('%s is in no message', async (_name, url) => {
    const env = { DATABASE_URL: url(), OPENBULK_LOG: 'trace' };
    const { code, stdout, stderr } = await start(['org', 'list'], env).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).not.toContain(MARK);
  });

  test('is in no line of a server that waits for it', async () => {
    const env = { DATABASE_URL: `postgres://u:${MARK}@127.0.0.1:1/d`, OPENBULK_LOG: 'trace', PORT: '0' };
    const server = start(['serve'], env);
    await server.says('could not connect to the database yet');
    server.child.kill('SIGTERM');
    expect((await server.ended).stderr).not.toContain(MARK);
  });

  test('that is none is told of without it', async () => {
    const { code, stderr } = await start(['org', 'list'], { DATABASE_URL: `postgres//u:${MARK}@h/d` }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('DATABASE_URL must be a PostgreSQL URL such as');
    expect(stderr).not.toContain(MARK);
  });
});

describe('the secret key', () => {
  test('of another server is told of in one line, and the server does not start', async () => {
    await run('keys', 'rotate');
    const before = (await place.database.pool.query('select * from issuer_keys order by id')).rows;
    const { code, stdout, stderr } = await start(['serve'], {
      OPENBULK_SECRET_KEY: SECRET_KEY,
      PORT: '0',
      OPENBULK_LOG: 'error',
    }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: The issuer's keys in this database are encrypted with another secret key [^\n]*\n$/,
    );
    expect((await place.database.pool.query('select * from issuer_keys order by id')).rows).toEqual(before);
  });
});

test('keys are listed, rotated and retired; reset wants to be meant', async () => {
  const kid = (await run('keys', 'rotate')).stdout.trim();
  const listed = JSON.parse((await run('keys', 'list', '--json')).stdout) as object[];
  expect(listed[0]).toEqual({ kid, createdAt: expect.any(String), state: expect.stringMatching(/^new|signs$/) });
  const ends = expect.stringContaining('within a minute');
  expect(await run('keys', 'retire', kid)).toMatchObject({ code: 0, stdout: '', stderr: ends });
  const { rows } = await place.database.pool.query('select from issuer_keys where kid = $1', [kid]);
  expect(rows).toEqual([]);
  expect(await run('keys', 'retire', kid)).toMatchObject({ code: 1, stdout: '' });
  expect(await run('keys', 'reset')).toMatchObject({ code: 2, stdout: '' });
}, 180_000);

test('printed tokens are listed and revoked, and none is good for more than 30 days', async () => {
  const { stdout } = await run('token', '--permissions', 'task.view', '--ttl', '30d');
  const { jti } = decodeJwt(stdout.trim());
  expect(JSON.parse((await run('token', 'list', '--org', 'demo', '--json')).stdout)).toContainEqual({
    id: jti,
    organization: 'demo',
    permissions: ['task.view'],
    madeBy: expect.stringMatching(/.@./),
    createdAt: expect.any(String),
    expiresAt: expect.any(String),
  });
  expect(await run('token', 'revoke', String(jti))).toMatchObject({ code: 0, stdout: '' });
  expect(await run('token', 'revoke', String(jti))).toMatchObject({ code: 1, stdout: '' });
  const { code, stderr } = await run('token', '--ttl', '31d');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('The maximum is 30d.') });
}, 180_000);
