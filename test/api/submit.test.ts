import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, askRaw, form, openServer, type TestServer, THREE_ROWS } from './server.ts';

const MAX = 64 * 1024 * 1024;
const ACTION = { action: 'import-inventory-items' };

let server: TestServer;
let organizationId: string;
let slug: string;
let token: string;
let path: string;
let count = 0;

beforeAll(async () => {
  server = await openServer({ maxUploadBytes: MAX });
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  slug = `org-${count}`;
  organizationId = await server.organization(slug);
  token = await server.token(organizationId);
  path = `/v1/organizations/${slug}/bulk-tasks`;
});

function submit(body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}): Promise<Answer> {
  return server.ask(path, { method: 'POST', token, body, headers });
}

/** Parts one after the other, written by hand. */
function multipart(...parts: (readonly [head: string, content: string])[]): string {
  return `${parts.map(([head, content]) => `--XX\r\n${head}\r\n\r\n${content}\r\n`).join('')}--XX--\r\n`;
}

const field = (name: string, value: string) => [`Content-Disposition: form-data; name="${name}"`, value] as const;
const file = (content: string, head = 'filename="a.csv"', type = 'text/csv') =>
  [`Content-Disposition: form-data; name="file"; ${head}\r\nContent-Type: ${type}`, content] as const;

function submitRaw(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return submit(body, { 'content-type': 'multipart/form-data; boundary=XX', ...headers });
}

async function storedFiles(): Promise<string[]> {
  const names = await readdir(join(server.dataDir, 'files'), { recursive: true });
  return names.filter((name) => /[0-9a-f]{24}$/.test(name));
}

async function tasks(): Promise<number> {
  const { rows } = await server.pool.query('select count(*) as n from tasks where organization_id = $1', [
    organizationId,
  ]);
  return rows[0].n;
}

/** Whether a refused submission left no task and no file. */
async function nothingLeft(before: readonly string[]): Promise<void> {
  await expect.poll(storedFiles).toEqual(before);
  expect(await tasks()).toBe(0);
}

describe('a submission', () => {
  test('is answered 202 with the task and where it is, and then done', async () => {
    const answer = await submit(form({ ...ACTION, override: 'true' }, THREE_ROWS, { name: 'my items.csv' }));
    expect(answer.status).toBe(202);
    const id = answer.json.data?.id as unknown as string;
    expect(answer.headers.get('location')).toBe(`${path}/${id}`);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.json).toMatchObject({
      status: true,
      data: {
        status: 'pending',
        action: 'import-inventory-items',
        config: { override: true },
        file: {
          originalName: 'my items.csv',
          mimetype: 'text/csv',
          size: THREE_ROWS.length,
          checksum: createHash('sha256').update(THREE_ROWS).digest('hex'),
        },
        report: { numItems: 0, skippedLines: [], erroredLines: [] },
        createdBy: { id: expect.stringMatching(/^[0-9a-f]{24}$/) },
      },
    });
    const read = () => server.ask(answer.headers.get('location') as string, { token });
    await server.working(() => expect.poll(async () => (await read()).json.data?.status).toBe('completed'));
    expect((await read()).json.data?.report).toMatchObject({ numItems: 3, numInserts: 3 });
  });

  test('keeps mapping, constants, date format and encoding', async () => {
    const config = {
      mapping: { 'basic.name': 'Name' },
      constants: { 'basic.type': 'laptop' },
      dateFormat: 'M/D/YY',
      encoding: 'latin1',
    };
    const { mapping, constants, ...rest } = config;
    const answer = await submit(
      form({ ...ACTION, ...rest, mapping: JSON.stringify(mapping), constants: JSON.stringify(constants) }, 'Name\nx\n'),
    );
    expect(answer.json.data?.config).toEqual({ override: false, ...config });
  });

  test('takes the charset of its file part for the encoding, unless a field says it', async () => {
    const typed = file('x', 'filename="a.csv"', 'text/csv; charset="ISO-8859-1"');
    const one = await submitRaw(multipart(field('action', ACTION.action), typed));
    expect(one.json.data?.config).toEqual({ override: false, encoding: 'ISO-8859-1' });
    expect(one.json.data?.file?.mimetype).toBe('text/csv');
    const two = await submitRaw(multipart(field('action', ACTION.action), field('encoding', 'utf-16'), typed));
    expect(two.json.data?.config).toEqual({ override: false, encoding: 'utf-16' });
  });

  test('may have its fields after the file', async () => {
    const answer = await submitRaw(multipart(file('x'), field('override', 'true'), field('action', ACTION.action)));
    expect([answer.status, answer.json.data?.config]).toEqual([202, { override: true }]);
  });

  test('may be split at any byte', async () => {
    const body =
      `preamble\r\n${multipart(field('override', ''), field('action', ACTION.action), file('a\r\n--X\r\n'))}epilogue`.replace(
        'form-data; name="override"\r\n\r\n\r\n',
        'form-data; name="dateFormat"\r\n\r\n\r\n',
      );
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary="XX"\r\nContent-Length: ${body.length}\r\n\r\n`;
    const splits = Array.from({ length: body.length }, (_, at) => at);
    for (let at = 0; at < splits.length; at += 25) {
      const answers = splits.slice(at, at + 25).map((split) => sendInTwo(head, body, split));
      for (const [index, answer] of (await Promise.all(answers)).entries()) {
        expect([at + index, answer.slice(0, 12)]).toEqual([at + index, 'HTTP/1.1 202']);
        expect(answer).toContain('"size":8');
      }
    }
  });

  test('has its names cut to what the page allows', async () => {
    const name = `${'n'.repeat(255)}😀.csv`;
    const answer = await submitRaw(
      multipart(field('action', ACTION.action), file('x', `filename="${name}"`, `text/${'x'.repeat(200)}`)),
    );
    expect(answer.json.data?.file?.originalName).toBe('n'.repeat(255));
    expect(answer.json.data?.file?.mimetype).toBe(`text/${'x'.repeat(123)}`);
  });

  test.each([
    ['filename="C:\\Users\\ada\\x.csv"', 'x.csv'],
    ['filename="../../etc/passwd"', 'passwd'],
    ['filename="a \\"b\\" c.csv"', 'a "b" c.csv'],
    ['filename="a %22b%22.csv"', 'a "b".csv'],
    ['filename="días.csv"', 'días.csv'],
    ['filename="x.csv"; filename*=UTF-8\'\'d%C3%ADas.csv', 'días.csv'],
    ['filename=plain.csv', 'plain.csv'],
  ])('called %s has a file named %s', async (head, name) => {
    const answer = await submitRaw(multipart(field('action', ACTION.action), file('x', head)));
    expect(answer.json.data?.file?.originalName).toBe(name);
  });

  test('may have an empty file, which is for the task to report', async () => {
    expect((await submit(form(ACTION, ''))).status).toBe(202);
  });
});

async function sendInTwo(head: string, body: string, split: number): Promise<string> {
  let answer = '';
  const socket = connect(server.port, '127.0.0.1');
  socket.setNoDelay(true);
  socket.on('data', (data) => {
    answer += data.toString('utf8');
  });
  socket.write(head + body.slice(0, split));
  await sleep(15);
  socket.write(body.slice(split));
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

describe('refused with 400/3000, leaving nothing behind, is a submission', () => {
  const cases: Record<string, readonly [fieldAtFault: string, body: () => NonNullable<RequestInit['body']>]> = {
    'without a file': ['file', () => form(ACTION, null)],
    'with a form whose file was not chosen': [
      'file',
      () => multipart(field('action', ACTION.action), file('', 'filename=""')),
    ],
    'with two files': ['file', () => multipart(field('action', ACTION.action), file('x'), file('y'))],
    'without an action': ['action', () => form({}, THREE_ROWS)],
    'without an action, its fields after the file': ['action', () => multipart(file('x'), field('override', 'true'))],
    'with an unknown action': ['action', () => form({ action: 'import-nothing' }, THREE_ROWS)],
    'with an unknown action after the file': ['action', () => multipart(file('x'), field('action', 'import-nothing'))],
    'with the action __proto__': ['action', () => form({ action: '__proto__' }, THREE_ROWS)],
    'with the same field twice': ['action', () => multipart(field('action', 'a'), field('action', 'b'), file('x'))],
    'with a field that the form does not have': ['overide', () => form({ ...ACTION, overide: 'true' }, THREE_ROWS)],
    'with the field __proto__': ['__proto__', () => form({ ...ACTION, ['__proto__']: '1' }, THREE_ROWS)],
    'with an override that is neither true nor false': [
      'override',
      () => form({ ...ACTION, override: 'yes' }, THREE_ROWS),
    ],
    'with a mapping that is no JSON': ['mapping', () => form({ ...ACTION, mapping: '{' }, THREE_ROWS)],
    'with a mapping that is a list': ['mapping', () => form({ ...ACTION, mapping: '["a"]' }, THREE_ROWS)],
    'with a mapping of 10,000 levels': [
      'mapping',
      () => form({ ...ACTION, mapping: '['.repeat(10_000) + ']'.repeat(10_000) }, THREE_ROWS),
    ],
    'with a mapping to numbers': [
      'mapping.basic.name',
      () => form({ ...ACTION, mapping: '{"basic.name":1}' }, THREE_ROWS),
    ],
    'with a mapping of an unknown column': [
      'mapping.nothing',
      () => form({ ...ACTION, mapping: '{"nothing":"A"}' }, THREE_ROWS),
    ],
    'with a null character in a mapping': [
      'mapping.basic.name',
      () => form({ ...ACTION, mapping: '{"basic.name":"\\u0000"}' }, THREE_ROWS),
    ],
    'with half a character in a mapping': [
      'mapping.basic.name',
      () => form({ ...ACTION, mapping: '{"basic.name":"\\ud800"}' }, THREE_ROWS),
    ],
    'with a constant of the wrong type': [
      'constants.seats.total',
      () => form({ ...ACTION, constants: '{"seats.total":"many"}' }, THREE_ROWS),
    ],
    'with a date format that is none': ['dateFormat', () => form({ ...ACTION, dateFormat: 'tomorrow' }, THREE_ROWS)],
    'with a null character in a field': ['encoding', () => form({ ...ACTION, encoding: 'a\0b' }, THREE_ROWS)],
    'with a field of a megabyte': ['mapping', () => form({ ...ACTION, mapping: 'x'.repeat(1_000_000) }, THREE_ROWS)],
    'that ends in the middle of the file': [
      'body',
      () => multipart(field('action', ACTION.action), file('x')).slice(0, -8),
    ],
    'that ends in the middle of a field': [
      'body',
      () => '--XX\r\nContent-Disposition: form-data; name="action"\r\n\r\nimp',
    ],
    'that has nothing in it': ['body', () => ''],
    'that is not what it says': ['body', () => '{"action":"import-inventory-items"}'],
  };

  test.each(Object.entries(cases))('%s', async (_what, [at, make]) => {
    const before = await storedFiles();
    const body = make();
    const answer = await (typeof body === 'string' ? submitRaw(body) : submit(body));
    expect([answer.status, answer.json.error?.code]).toEqual([400, 3000]);
    expect(answer.json.error?.data).toContainEqual({ field: at, problem: expect.any(String) });
    await nothingLeft(before);
  });

  test.each([
    'application/json',
    'multipart/form-data',
    'multipart/mixed; boundary=x',
    'text/csv',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ])('of the type %s', async (type) => {
    const answer = await submit('{}', { 'content-type': type });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 3000, data: [{ field: 'Content-Type' }] } });
  });

  test('without any type or body', async () => {
    const answer = await server.ask(path, { method: 'POST', token });
    expect([answer.status, answer.json.error?.code]).toEqual([400, 3000]);
  });
});

describe('size', () => {
  test('a file of exactly the limit is taken, one byte more is 413/3003 and leaves nothing', async () => {
    const small = await openServer({ maxUploadBytes: 1_000 });
    try {
      const mine = await small.token(await small.organization('small'));
      const send = (size: number) =>
        small.ask('/v1/organizations/small/bulk-tasks', {
          method: 'POST',
          token: mine,
          body: form(ACTION, 'x'.repeat(size)),
        });
      expect((await send(1_000)).status).toBe(202);
      const answer = await send(1_001);
      expect([answer.status, answer.json.error?.code]).toEqual([413, 3003]);
      const names = await readdir(join(small.dataDir, 'files'), { recursive: true });
      expect(names.filter((name) => /[0-9a-f]{24}$/.test(name))).toHaveLength(1);
    } finally {
      await small.close();
    }
  });

  test('a Content-Length over the limit is refused before anything is sent', async () => {
    const answer = await askRaw(server.port, head({ 'Content-Length': String(MAX * 2) }), 1_000);
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":3003/s);
    expect(answer).toMatch(/connection: close/i);
  });

  test('a client that asks first is told no, and sends nothing', async () => {
    const started = Date.now();
    const expects = { Expect: '100-continue', 'Content-Length': String(MAX * 2) };
    const answer = await askRaw(server.port, head(expects), 5_000);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(Date.now() - started).toBeLessThan(2_000);
    const stranger = await askRaw(
      server.port,
      head({ ...expects, 'Content-Length': '9', Authorization: 'Bearer x' }),
      5_000,
    );
    expect(stranger).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a client that asks first is told yes when all is well', async () => {
    const body = multipart(field('action', ACTION.action), file('x'));
    const socket = connect(server.port, '127.0.0.1');
    const answer = collect(socket);
    socket.write(head({ Expect: '100-continue', 'Content-Length': String(body.length), Connection: 'close' }));
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
      socket.write(`${head({ 'Transfer-Encoding': 'chunked' })}${chunk(begin)}`);
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
    await nothingLeft(await storedFiles());
  });

  test('fields that are wrong are refused before the file is there', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const answer = collect(socket);
    const begin = multipart(field('action', ACTION.action), field('override', 'yes'), file('')).slice(0, -8);
    socket.write(`${head({ 'Content-Length': '10000000' })}${begin}first bytes`);
    await expect.poll(() => answer.text).toMatch(/^HTTP\/1\.1 400 .*"field":"override"/s);
    socket.destroy();
  });

  test('an endless tail behind the form is 413/3003', async () => {
    const small = await openServer({ maxUploadBytes: 1_000 });
    try {
      path = '/v1/organizations/small/bulk-tasks';
      token = await small.token(await small.organization('small'));
      const socket = connect(small.port, '127.0.0.1');
      const answer = collect(socket);
      socket.write(head({ 'Transfer-Encoding': 'chunked' }));
      socket.write(chunk(multipart(field('action', ACTION.action), file('x'))));
      for (let i = 0; i < 3; i += 1) socket.write(chunk('x'.repeat(1024 * 1024)));
      await expect.poll(() => answer.text).toMatch(/^HTTP\/1\.1 413 .*"code":3003/s);
      socket.destroy();
      const names = await readdir(join(small.dataDir, 'files'), { recursive: true });
      expect(names.filter((name) => /[0-9a-f]{24}$/.test(name))).toEqual([]);
    } finally {
      await small.close();
    }
  });

  test('300 MB pass through without being held', async () => {
    const large = await openServer({ maxUploadBytes: 1024 ** 3 });
    try {
      const mine = await large.token(await large.organization('large'));
      path = '/v1/organizations/large/bulk-tasks';
      token = mine;
      // By hand, since what fetch holds itself would be counted, too.
      const socket = connect(large.port, '127.0.0.1');
      const answer = collect(socket);
      const block = chunk('x'.repeat(1024 * 1024));
      const begin = multipart(field('action', ACTION.action), file('')).replace('\r\n--XX--\r\n', '');
      socket.write(`${head({ 'Transfer-Encoding': 'chunked' })}${chunk(begin)}`);
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
    const before = await storedFiles();
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`${head({ 'Content-Length': '10000000' })}${sent}`);
    await sleep(200);
    socket.resetAndDestroy();
    await sleep(100);
    await nothingLeft(before);
    expect(server.logged.filter(({ level, msg }) => Number(level) >= 50 && msg === 'a request failed')).toEqual([]);
  });
});

describe('the Idempotency-Key', () => {
  test('makes one task of ten copies sent at once, and every copy gets the same answer', async () => {
    const before = await storedFiles();
    const send = () => submit(form(ACTION, THREE_ROWS), { 'idempotency-key': 'once' });
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    answers.push(await send());
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.text).toBe(answers[0]?.text);
      expect(answer.headers.get('location')).toBe(answers[0]?.headers.get('location'));
    }
    expect(await tasks()).toBe(1);
    expect(await storedFiles()).toHaveLength(before.length + 1);
  });

  test('answers the first response again when the task has gone on', async () => {
    const send = () => submit(form(ACTION, THREE_ROWS), { 'idempotency-key': 'again' });
    const first = await send();
    await server.ask(first.headers.get('location') as string, { token });
    await server.pool.query(`update tasks set status = 'completed', version = 9 where organization_id = $1`, [
      organizationId,
    ]);
    expect((await send()).text).toBe(first.text);
  });

  test('used for anything else is 409/5001', async () => {
    const headers = { 'idempotency-key': 'mine' };
    await submit(form(ACTION, THREE_ROWS), headers);
    const before = await storedFiles();
    const others = [
      form(ACTION, `${THREE_ROWS}x`),
      form({ ...ACTION, override: 'true' }, THREE_ROWS),
      form({ ...ACTION, constants: '{"basic.owner":"x"}' }, THREE_ROWS),
      form({ action: 'import-mdm-users' }, THREE_ROWS),
      form(ACTION, THREE_ROWS, { name: 'other.csv' }),
    ];
    for (const other of others) {
      const answer = await submit(other, headers);
      expect([answer.status, answer.json.error?.code]).toEqual([409, 5001]);
    }
    expect(await storedFiles()).toEqual(before);
    expect(await tasks()).toBe(1);
  });

  test('counts the same fields in another order as the same', async () => {
    const headers = { 'idempotency-key': 'order' };
    const one = await submit(form({ ...ACTION, mapping: '{"basic.name":"A","basic.type":"B"}' }, 'x'), headers);
    const two = await submit(form({ mapping: '{"basic.type":"B", "basic.name":"A"}', ...ACTION }, 'x'), headers);
    expect([one.status, two.status, two.text]).toEqual([202, 202, one.text]);
  });

  test('is of its organization', async () => {
    const headers = { 'idempotency-key': 'shared' };
    const one = await submit(form(ACTION, THREE_ROWS), headers);
    slug = `org-${count}-b`;
    token = await server.token(await server.organization(slug));
    path = `/v1/organizations/${slug}/bulk-tasks`;
    const two = await submit(form(ACTION, THREE_ROWS), headers);
    expect([two.status, two.json.data?.id === one.json.data?.id]).toEqual([202, false]);
  });

  test('that is empty, too long or not visible ASCII is 400/3000', async () => {
    for (const key of ['', 'x'.repeat(256), 'a b', 'ü']) {
      const answer = await submit(form(ACTION, THREE_ROWS), { 'idempotency-key': key });
      expect([key, answer.status, answer.json.error?.data?.[0]?.field]).toEqual([key, 400, 'idempotency-key']);
    }
    expect((await submit(form(ACTION, THREE_ROWS), { 'idempotency-key': 'x'.repeat(255) })).status).toBe(202);
  });
});

/** The head of a submission, by hand. */
function head(headers: Record<string, string>): string {
  const all = {
    Host: 'x',
    Authorization: `Bearer ${token}`,
    'Content-Type': 'multipart/form-data; boundary=XX',
    ...headers,
  };
  return `POST ${path} HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

function collect(socket: Socket): { text: string; closed: boolean; error: Error | undefined } {
  const answer: { text: string; closed: boolean; error: Error | undefined } = {
    text: '',
    closed: false,
    error: undefined,
  };
  socket.on('data', (data) => {
    answer.text += data.toString('utf8');
  });
  socket.on('error', (error) => {
    answer.error = error;
  });
  socket.on('close', () => {
    answer.closed = true;
  });
  return answer;
}
