import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limitConnections } from '../../../src/api/http/limits/connections.ts';
import { HTTP_LIMITS } from '../../../src/api/http/limits/http-limits.ts';
import { storedFiles } from '../../support/data/stored-files.ts';
import { openSignInServer } from '../../support/sign-in/sign-in.ts';
import { ACTION, chunk, collect, type Desk, field, file, multipart, openDesk } from '../organizations/submissions.ts';
import { askRaw, openServer, type TestServer } from '../server.ts';

/** A tenth of a second is what minutes are to the program. */
const PACE = { patience: 300, rate: 1024 * 1024, silence: 300 };

let server: TestServer;
let desk: Desk;

beforeAll(async () => {
  server = await openSignInServer({
    httpLimits: {
      headersMilliseconds: 300,
      body: PACE,
      upload: { ...PACE, patience: 1_000, rate: 1_000 },
      unreadMilliseconds: 1_000,
      linger: { whole: 1_000, silence: 200 },
    },
  });
  desk = await openDesk(server, 'acme');
});
afterAll(() => server.close());

/** A connection on which a request was begun. */
function begin(head: string, ...lines: readonly string[]) {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`${[`${head} HTTP/1.1`, 'Host: x', ...lines].join('\r\n')}\r\n\r\n`);
  return { socket, answer: collect(socket) };
}

async function closed({ answer }: ReturnType<typeof begin>): Promise<string> {
  await expect.poll(() => answer.closed, { timeout: 5_000, interval: 20 }).toBe(true);
  return answer.text;
}

const json = ['Content-Type: application/json', 'Content-Length: 1000'];
const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 1000'];

describe('a body that stops coming is 408 in the envelope of its route, and the end of the connection:', () => {
  const bearer = () => `Authorization: Bearer ${desk.token}`;
  test.each([
    ['organizations', `POST /v1/organizations/acme/bulk-tasks/preview`, 'multipart', '"code":3000'],
    ['organizations, a file', `POST /v1/organizations/acme/bulk-tasks`, 'multipart', '"code":3000'],
    ['activityid', 'PATCH /activityid/v1/user/bulk', 'application/jsonl', '"result":{"status":408'],
    ['actions', 'POST /api/actions/bulk/preview', 'application/json', '"title":"Request Timeout"'],
    ['task-v2', 'POST /v2/task/create', 'application/json', '"name":"Request Timeout"'],
    ['sign-out', 'POST /auth/sign-out', 'application/json', '"title":"Request Timeout"'],
  ])('%s', async (_name, head, type, told) => {
    const media = type === 'multipart' ? 'multipart/form-data; boundary=XX' : type;
    const before = await storedFiles(server);
    const asked = begin(head, bearer(), `Content-Type: ${media}`, 'Content-Length: 1000');
    asked.socket.write(
      type === 'multipart' ? multipart(field('action', ACTION.action), file('x')).slice(0, 150) : '{"a":',
    );
    const answer = await closed(asked);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toMatch(/connection: close/i);
    expect(answer).toContain(told);
    expect(await storedFiles(server)).toEqual(before);
  });

  test('the page that asks for a password', async () => {
    const answer = await closed(begin('POST /oauth2/interaction/x', ...form));
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*could not be completed/s);
  });

  test.each(['/oauth2/token', '/oauth2/jwks', '/oauth2/nothing'])('the issuer at %s', async (path) => {
    const asked = begin(`POST ${path}`, ...form);
    asked.socket.write('grant_type=client_credentials');
    await closed(asked);
    if (path === '/oauth2/token') {
      expect(asked.answer.text).toMatch(
        /^HTTP\/1\.1 408 .*"error":"invalid_request","error_description":"The request took/s,
      );
    }
  });
});

test('a body that nobody reads, and that goes on after the answer to it, ends with the connection', async () => {
  for (const head of ['GET /livez', 'POST /nothing', 'GET /auth/page.css', 'POST /oauth2/jwks', 'GET /oauth2/jwks']) {
    const asked = begin(head, ...json);
    const dripping = setInterval(() => asked.socket.write('x'), 50);
    await closed(asked);
    clearInterval(dripping);
    expect(asked.answer.text).toMatch(/^HTTP\/1\.1 /);
  }
});

test('who may not come in is told before anything of the body has come', async () => {
  for (const [head, type] of [
    [`POST ${desk.path}`, 'multipart/form-data; boundary=XX'],
    ['POST /v2/task/create', 'application/json'],
  ]) {
    const asked = begin(head ?? '', `Content-Type: ${type}`, 'Content-Length: 1000000000');
    await once(asked.socket, 'data');
    expect(asked.answer.text).toMatch(/^HTTP\/1\.1 401 /);
    await closed(asked);
  }
});

test('a body that drips is refused as well as one that has stopped', async () => {
  const asked = begin('POST /v2/task/create', `Authorization: Bearer ${desk.token}`, ...json);
  const dripping = setInterval(() => asked.socket.write(' '), 50);
  expect(await closed(asked)).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(dripping);
});

test('an upload goes on for as long as it progresses', async () => {
  const socket = connect(server.port, '127.0.0.1');
  const answer = collect(socket);
  const start = multipart(field('action', ACTION.action), file('')).replace('\r\n--XX--\r\n', '');
  socket.write(desk.head({ 'Transfer-Encoding': 'chunked' }) + chunk(start));
  // Longer than any patience, at twice the rate that it takes.
  for (let i = 0; i < 15; i += 1) {
    socket.write(chunk('x'.repeat(200)));
    await sleep(100);
  }
  socket.write(`${chunk('\r\n--XX--\r\n')}0\r\n\r\n`);
  await expect.poll(() => answer.text, { timeout: 5_000 }).toMatch(/^HTTP\/1\.1 202 /);
  socket.destroy();
});

test('an upload that drips is refused, and leaves nothing', async () => {
  const before = await storedFiles(server);
  const socket = connect(server.port, '127.0.0.1');
  const answer = collect(socket);
  const start = multipart(field('action', ACTION.action), file('')).replace('\r\n--XX--\r\n', '');
  socket.write(desk.head({ 'Transfer-Encoding': 'chunked' }) + chunk(start));
  const dripping = setInterval(() => socket.write(chunk('x')), 50);
  await expect.poll(() => answer.closed, { timeout: 10_000 }).toBe(true);
  clearInterval(dripping);
  expect(answer.text).toMatch(/^HTTP\/1\.1 408 .*"code":3000/s);
  expect(await storedFiles(server)).toEqual(before);
});

test('a client that was not told to send yet is not slow', async () => {
  const asked = begin('POST /v2/task/create', `Authorization: Bearer ${desk.token}`, ...json, 'Expect: 100-continue');
  await expect.poll(() => asked.answer.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  expect(await closed(asked)).toMatch(/HTTP\/1\.1 408 /);
});

test('headers that do not end are 408, on a connection that is new and on one that was used', async () => {
  const fresh = connect(server.port, '127.0.0.1');
  fresh.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
  expect(await closed({ socket: fresh, answer: collect(fresh) })).toMatch(/^HTTP\/1\.1 408 /);
  const used = begin('GET /livez');
  await once(used.socket, 'data');
  used.socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
  expect(await closed(used)).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 408 /s);
});

/** More than the systems on both sides hold. */
const ANSWERS = 600;
const DOCUMENT = 'GET /openapi/organizations.json HTTP/1.1\r\nHost: x\r\n\r\n';

test('a client that takes nothing of its answers is let go', async () => {
  const socket = connect(server.port, '127.0.0.1');
  const failed = once(socket, 'error');
  socket.pause();
  socket.write(DOCUMENT.repeat(ANSWERS));
  const asking = setInterval(() => socket.write('\r\n'), 50);
  const [error] = await failed;
  clearInterval(asking);
  expect(error.code).toMatch(/^(EPIPE|ECONNRESET)$/);
});

test('a client that takes its answers slowly gets them all', async () => {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(DOCUMENT.repeat(ANSWERS - 1) + DOCUMENT.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const started = performance.now();
  let heads = 0;
  for await (const piece of socket) {
    heads += piece.toString('latin1').split('HTTP/1.1 200 OK').length - 1;
    if (performance.now() - started < 1_500) await sleep(20);
  }
  expect(heads).toBeGreaterThan(ANSWERS * 0.99);
  expect(performance.now() - started).toBeGreaterThan(1_500);
});

test('a connection on which nothing was asked does not hold up the end of the server', async () => {
  const own = await openServer();
  const socket = connect(own.port, '127.0.0.1');
  const connections = () => new Promise((resolve) => own.app.server.getConnections((_error, count) => resolve(count)));
  await expect.poll(connections).toBe(1);
  await own.close();
  socket.destroy();
});

test.each([
  ['of one address are limited', [], 3],
  ['of a proxy are other people’s, and limited all together', ['10.0.0.0/8', 'loopback'], 5],
])('connections %s', async (_name, proxies, most) => {
  const bare = createServer((_req, res) => res.end());
  limitConnections(bare, { ...HTTP_LIMITS, connections: 5, connectionsOfAddress: 3 }, proxies);
  await once(bare.listen(0, '127.0.0.1'), 'listening');
  const { port } = bare.address() as AddressInfo;
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  const answers = sockets.map(collect);
  await expect.poll(() => answers.filter((answer) => answer.closed).length).toBe(8 - most);
  for (const socket of sockets) socket.destroy();
  // What was closed makes room.
  const ask = () => askRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await expect.poll(ask).toMatch(/^HTTP\/1\.1 200/);
  bare.close();
});
