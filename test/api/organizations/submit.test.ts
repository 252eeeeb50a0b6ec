import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { storedFiles } from '../../support/data/stored-files.ts';
import { form, openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { ACTION, type Desk, field, file, MAX, multipart, openDesk } from './submissions.ts';

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

describe('a submission', () => {
  test('is answered 202 with the task and where it is, and then done', async () => {
    const answer = await desk.submit(form({ ...ACTION, override: 'true' }, THREE_ROWS, { name: 'my items.csv' }));
    expect(answer.status).toBe(202);
    const id = answer.json.data?.id as unknown as string;
    expect(answer.headers.get('location')).toBe(`${desk.path}/${id}`);
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
    const read = () => server.ask(answer.headers.get('location') as string, { token: desk.token });
    await server.working(() =>
      expect.poll(async () => (await read()).json.data?.status, { timeout: 10_000 }).toBe('completed'),
    );
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
    const answer = await desk.submit(
      form({ ...ACTION, ...rest, mapping: JSON.stringify(mapping), constants: JSON.stringify(constants) }, 'Name\nx\n'),
    );
    expect(answer.json.data?.config).toEqual({ override: false, ...config });
  });

  test('takes the charset of its file part for the encoding, unless a field says it', async () => {
    const typed = file('x', 'filename="a.csv"', 'text/csv; charset="ISO-8859-1"');
    const one = await desk.submitRaw(multipart(field('action', ACTION.action), typed));
    expect(one.json.data?.config).toEqual({ override: false, encoding: 'ISO-8859-1' });
    expect(one.json.data?.file?.mimetype).toBe('text/csv');
    const two = await desk.submitRaw(multipart(field('action', ACTION.action), field('encoding', 'utf-16'), typed));
    expect(two.json.data?.config).toEqual({ override: false, encoding: 'utf-16' });
  });

  test('may have its fields after the file', async () => {
    const answer = await desk.submitRaw(
      multipart(file('x'), field('override', 'true'), field('action', ACTION.action)),
    );
    expect([answer.status, answer.json.data?.config]).toEqual([202, { override: true }]);
  });

  test('may be split at any byte', async () => {
    const body =
      `preamble\r\n${multipart(field('override', ''), field('action', ACTION.action), file('a\r\n--X\r\n'))}epilogue`.replace(
        'form-data; name="override"\r\n\r\n\r\n',
        'form-data; name="dateFormat"\r\n\r\n\r\n',
      );
    const head = `POST ${desk.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${desk.token}\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary="XX"\r\nContent-Length: ${body.length}\r\n\r\n`;
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
    const answer = await desk.submitRaw(
      multipart(field('action', ACTION.action), file('x', `filename="${name}"`, `text/${'x'.repeat(200)}`)),
    );
    expect(answer.json.data?.file?.originalName).toBe(`${'n'.repeat(255)}😀`);
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
    const answer = await desk.submitRaw(multipart(field('action', ACTION.action), file('x', head)));
    expect(answer.json.data?.file?.originalName).toBe(name);
  });

  test('may have an empty file, which is for the task to report', async () => {
    expect((await desk.submit(form(ACTION, ''))).status).toBe(202);
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
    'with an unpaired surrogate in a mapping': [
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
    const before = await storedFiles(server);
    const body = make();
    const answer = await (typeof body === 'string' ? desk.submitRaw(body) : desk.submit(body));
    expect([answer.status, answer.json.error?.code]).toEqual([400, 3000]);
    expect(answer.json.error?.data).toContainEqual({ field: at, problem: expect.any(String) });
    await desk.nothingLeft(before);
  });

  test.each([
    'application/json',
    'multipart/form-data',
    'multipart/mixed; boundary=x',
    'text/csv',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ])('of the type %s', async (type) => {
    const answer = await desk.submit('{}', { 'content-type': type });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code: 3000, data: [{ field: 'Content-Type' }] } });
  });

  test('without any type or body', async () => {
    const answer = await server.ask(desk.path, { method: 'POST', token: desk.token });
    expect([answer.status, answer.json.error?.code]).toEqual([400, 3000]);
  });
});
