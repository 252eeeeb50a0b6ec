import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storedFiles } from '../../support/data/stored-files.ts';
import { askRaw, form, openServer, type TestServer } from '../server.ts';
import { ACTION, chunk, collect, type Desk, field, file, MAX, multipart, openDesk } from './submissions.ts';

let server: TestServer;
let desk: Desk;
let count = 0;

beforeAll(async () => {
  server = await openServer({ maxUploadBytes: MAX });
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  desk = await openDesk(server, `org-${count}`);
});

describe('size', () => {
  test('a file of exactly the limit is taken, one byte more is 413/3003 and leaves nothing', async () => {
    const small = await openServer({ maxUploadBytes: 1_000 });
    try {
      const its = await openDesk(small, 'small');
      const send = (size: number) => its.submit(form(ACTION, 'x'.repeat(size)));
      expect((await send(1_000)).status).toBe(202);
      const answer = await send(1_001);
      expect([answer.status, answer.json.error?.code]).toEqual([413, 3003]);
      expect(await storedFiles(small)).toHaveLength(1);
    } finally {
      await small.close();
    }
  });

  test('a Content-Length over the limit is refused before anything is sent', async () => {
    const answer = await askRaw(server.port, desk.head({ 'Content-Length': String(MAX * 2) }), 1_000);
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":3003/s);
    expect(answer).toMatch(/connection: close/i);
  });

  test('a client that asks first is told no, and sends nothing', async () => {
    const started = Date.now();
    const expects = { Expect: '100-continue', 'Content-Length': String(MAX * 2) };
    const answer = await askRaw(server.port, desk.head(expects), 5_000);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(Date.now() - started).toBeLessThan(2_000);
    const stranger = await askRaw(
      server.port,
      desk.head({ ...expects, 'Content-Length': '9', Authorization: 'Bearer x' }),
      5_000,
    );
    expect(stranger).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a client that asks first is told yes when all is well', async () => {
    const body = multipart(field('action', ACTION.action), file('x'));
    const socket = connect(server.port, '127.0.0.1');
    const answer = collect(socket);
    socket.write(desk.head({ Expect: '100-continue', 'Content-Length': String(body.length), Connection: 'close' }));
    await expect.poll(() => answer.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    await expect.poll(() => answer.text).toContain('HTTP/1.1 202');
  });

  test('a client that is still writing gets the refusal, and may write on for a while', async () => {
    for (const fields of [[field('action', 'import-nothing')], [field('action', ACTION.action)]]) {
      const socket = connect(server.port, '127.0.0.1');
      const answer = collect(socket);
      const closed = once(socket, 'close');
      const begin = multipart(...fields, file('')).replace('\r\n--XX--\r\n', '');
      socket.write(`${desk.head({ 'Transfer-Encoding': 'chunked' })}${chunk(begin)}`);
      // Twice the limit, before so much as looking at the answer.
      const megabyte = chunk('x'.repeat(1024 * 1024));
      for (let sent = 0; sent < 2 * MAX && !socket.destroyed; sent += 1024 * 1024) {
        if (!socket.write(megabyte)) await Promise.race([once(socket, 'drain'), closed]);
      }
      socket.write('0\r\n\r\n');
      await expect.poll(() => answer.closed, { timeout: 10_000 }).toBe(true);
      expect(answer.error).toBeUndefined();
      expect(answer.text).toMatch(/^HTTP\/1\.1 4(00|13) .*"code":300[03]/s);
    }
    await desk.nothingLeft(await storedFiles(server));
  });

  test('fields that are wrong are refused before the file is there', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const answer = collect(socket);
    const begin = multipart(field('action', ACTION.action), field('override', 'yes'), file('')).slice(0, -8);
    socket.write(`${desk.head({ 'Content-Length': '10000000' })}${begin}first bytes`);
    await expect.poll(() => answer.text).toMatch(/^HTTP\/1\.1 400 .*"field":"override"/s);
    socket.destroy();
  });

  test('an endless tail behind the form is 413/3003', async () => {
    const small = await openServer({ maxUploadBytes: 1_000 });
    try {
      const its = await openDesk(small, 'small');
      const socket = connect(small.port, '127.0.0.1');
      const answer = collect(socket);
      socket.write(its.head({ 'Transfer-Encoding': 'chunked' }));
      socket.write(chunk(multipart(field('action', ACTION.action), file('x'))));
      for (let i = 0; i < 3; i += 1) socket.write(chunk('x'.repeat(1024 * 1024)));
      await expect.poll(() => answer.text).toMatch(/^HTTP\/1\.1 413 .*"code":3003/s);
      socket.destroy();
      expect(await storedFiles(small)).toEqual([]);
    } finally {
      await small.close();
    }
  });

  test('300 MB pass through without being held', async () => {
    const large = await openServer({ maxUploadBytes: 1024 ** 3 });
    try {
      const its = await openDesk(large, 'large');
      // By hand, since what fetch holds itself would be counted, too.
      const socket = connect(large.port, '127.0.0.1');
      const answer = collect(socket);
      const block = chunk('x'.repeat(1024 * 1024));
      const begin = multipart(field('action', ACTION.action), file('')).replace('\r\n--XX--\r\n', '');
      socket.write(`${its.head({ 'Transfer-Encoding': 'chunked' })}${chunk(begin)}`);
      const before = process.memoryUsage().rss;
      let peak = 0;
      for (let i = 0; i < 300; i += 1) {
        if (!socket.write(block)) await once(socket, 'drain');
        peak = Math.max(peak, process.memoryUsage().rss - before);
      }
      socket.write(`${chunk('\r\n--XX--\r\n')}0\r\n\r\n`);
      await expect.poll(() => answer.text, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 202 .*"size":314572800/s);
      socket.destroy();
      expect(peak / 1024 ** 2).toBeLessThan(100);
    } finally {
      await large.close();
    }
  });
});

describe('a client that vanishes', () => {
  test.each([
    ['in the middle of the file', multipart(field('action', ACTION.action), file('x'.repeat(300_000))).slice(0, -10)],
    ['in the middle of a field', multipart(field('action', 'import')).slice(0, -10)],
    ['between the file and the end', multipart(field('action', ACTION.action), file('x')).slice(0, -6)],
    ['after the end, before the answer to it is due', `${multipart(field('action', ACTION.action), file('x'))}more`],
  ])('%s leaves no task and no file', async (_when, sent) => {
    const before = await storedFiles(server);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    const asked = once(server.app.server, 'request');
    socket.write(`${desk.head({ 'Content-Length': '10000000' })}${sent}`);
    const [request] = await asked;
    await expect.poll(() => request.socket.bytesRead).toBeGreaterThanOrEqual(sent.length);
    socket.resetAndDestroy();
    await desk.nothingLeft(before);
    expect(server.logged.filter(({ level, msg }) => Number(level) >= 50 && msg === 'a request failed')).toEqual([]);
  });
});

test('a form that stops in the middle of a part is no form, and nobody’s fault but its own', async () => {
  for (const tail of ['', '\r\n--X', '\r\n--X'.repeat(100_000)]) {
    const head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
    const answer = await desk.submitRaw(head + tail);
    expect([answer.status, answer.json.error?.code]).toEqual([400, 3000]);
  }
  await desk.nothingLeft(await storedFiles(server));
});
