import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex24 } from '../../../src/task/ids.ts';
import { form, openServer, type TestServer, THREE_ROWS } from '../server.ts';

const MAX = 1024 * 1024;
const CODINGS = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
const codings = Object.keys(CODINGS) as (keyof typeof CODINGS)[];

let server: TestServer;
let acme: string;
let token: string;

beforeAll(async () => {
  const pace = { patience: 200, rate: 1024 * 1024, silence: 200 };
  server = await openServer({ maxUploadBytes: MAX, httpLimits: { body: pace, upload: pace } });
  acme = await server.organization('acme');
  token = await server.token(acme);
});
afterAll(() => server.close());

interface Request {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

const json = (method: string, path: string, body: object): Request => ({
  method,
  path,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(body)),
});

async function formOf(path: string, data: FormData): Promise<Request> {
  const encoded = new Response(data);
  const body = Buffer.from(await encoded.arrayBuffer());
  return { method: 'POST', path, type: encoded.headers.get('content-type') ?? '', body };
}

const ORG = '/v1/organizations/acme/bulk-tasks';
const CRITERIA = { criteria_json: { all: [] }, action_type: 'monitor' };

/** Every kind of body there is, with the status of what is right about it. */
const requests: readonly (readonly [what: string, status: number, make: () => Promise<Request>])[] = [
  ['organizations: a submission', 202, () => formOf(ORG, form({ action: 'import-inventory-items' }, THREE_ROWS))],
  ['organizations: a preview', 200, () => formOf(`${ORG}/preview`, form({}, THREE_ROWS))],
  ['organizations: fixes in a report', 409, async () => formOf(`${ORG}/${await task()}/fixes`, form({}, 'line\n2\n'))],
  [
    'organizations: fixes as rows',
    409,
    async () => json('POST', `${ORG}/${await task()}/fixes`, { rows: [{ line: 2, cells: [''] }] }),
  ],
  [
    'activityid: patches',
    202,
    async () => ({
      method: 'PATCH',
      path: '/activityid/v1/user/bulk',
      type: 'application/jsonl',
      body: Buffer.from('{"object_id":"1"}\n'),
    }),
  ],
  ['actions: a preview', 200, async () => json('POST', '/api/actions/bulk/preview', CRITERIA)],
  ['actions: a job', 201, async () => json('POST', '/api/actions/bulk/jobs', CRITERIA)],
  ['task-v2: a search', 200, async () => json('POST', '/v2/task/index', { filter: { handler: 'Robot' } })],
  ['task-v2: a task', 201, async () => json('POST', '/v2/task/create', { handler: 'Robot', request: { pages: 2 } })],
];

async function task(): Promise<string> {
  return toHex24((await server.submit(acme, 'import-inventory-items', THREE_ROWS)).id);
}

function send({ method, path, type, body }: Request, headers: Record<string, string> = {}) {
  return server.ask(path, { method, token, headers: { 'content-type': type, ...headers }, body: new Uint8Array(body) });
}

describe.each(requests)('%s', (_what, status, make) => {
  test.each(codings)('is taken as %s', async (coding) => {
    const request = await make();
    const answer = await send(
      { ...request, body: CODINGS[coding](request.body) },
      { 'content-encoding': coding.toUpperCase() },
    );
    expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  });

  test('is taken as it is where it is called so', async () => {
    for (const coding of ['identity', ''])
      expect((await send(await make(), { 'content-encoding': coding })).status).toBe(status);
  });

  test.each(['compress', 'gzip, br', 'x', 'constructor'])('is 415 as %s, which says what is taken', async (coding) => {
    const answer = await send(await make(), { 'content-encoding': coding });
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate, br, zstd']);
    expect(answer.text).toContain('Content-Encoding');
  });

  test('is 400 where it is not what it is called, or ends early', async () => {
    const request = await make();
    for (const [coding, body] of [
      ['gzip', request.body],
      ['br', request.body],
      ['zstd', request.body],
      ['gzip', gzipSync(request.body).subarray(0, -9)],
      ['zstd', zstdCompressSync(request.body).subarray(0, -3)],
    ] as const) {
      const answer = await send({ ...request, body }, { 'content-encoding': coding });
      expect([coding, answer.status, answer.text]).toEqual([
        coding,
        400,
        expect.stringMatching(/Content-Encoding|multipart|ends before/),
      ]);
    }
  });
});

test('what is stored of a compressed submission is the file that it was', async () => {
  const file = `${THREE_ROWS}${randomBytes(200_000).toString('hex')}`;
  const request = await formOf(ORG, form({ action: 'import-inventory-items' }, file));
  const { json: answer } = await send({ ...request, body: gzipSync(request.body) }, { 'content-encoding': 'gzip' });
  const checksum = createHash('sha256').update(file).digest('hex');
  expect(answer.data?.file).toMatchObject({ size: file.length, checksum });
});

test('one submission, compressed or not, is the same under its key', async () => {
  const patches: Request = {
    method: 'PATCH',
    path: '/activityid/v1/user/bulk',
    type: 'application/jsonl',
    body: Buffer.from('{"object_id":"2"}\n'),
  };
  const key = { 'idempotency-key': 'once' };
  const first = await send(patches, key);
  const again = await send(
    { ...patches, body: zstdCompressSync(patches.body) },
    { ...key, 'content-encoding': 'zstd' },
  );
  expect([again.status, again.json.content]).toEqual([202, first.json.content]);
});

/** The most memory outside of the heap while something is done, bytes beyond what there was. */
async function peakOf(run: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before);
  }, 2);
  await run();
  clearInterval(timer);
  return peak;
}

test('what comes behind the end of what is compressed is not lost without a word', async () => {
  const line = (id: string) => Buffer.from(`{"object_id":"${id}"}\n`);
  const patches = { method: 'PATCH', path: '/activityid/v1/user/bulk', type: 'application/jsonl' };
  for (const coding of codings) {
    const body = Buffer.concat([CODINGS[coding](line('3')), CODINGS[coding](line('4'))]);
    const { status, json: answer } = await send({ ...patches, body }, { 'content-encoding': coding });
    // Only of gzip Node reads on in the next member (RFC 1952 §2.2).
    if (coding.endsWith('gzip')) expect([coding, status]).toEqual([coding, 202]);
    else
      expect([coding, status, answer.result?.message]).toEqual([
        coding,
        400,
        expect.stringContaining('as a single stream'),
      ]);
  }
});

describe('a small body that is large when it is unpacked', () => {
  const zeros = Buffer.alloc(256 * MAX, ' ');
  const bombs = {
    br: brotliCompressSync(zeros, { params: { 1: 1 } }),
    zstd: zstdCompressSync(zeros),
    gzip: gzipSync(zeros, { level: 1 }),
  };

  test.each(Object.entries(bombs))('is 413 as %s everywhere, and takes no memory', async (coding, body) => {
    const boundary = `--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`;
    const inForm = (path: string) => ({
      method: 'POST',
      path,
      type: 'multipart/form-data; boundary=x',
      body: CODINGS[coding as keyof typeof CODINGS](
        Buffer.concat([Buffer.from(boundary), zeros.subarray(0, 16 * MAX)]),
      ),
    });
    const targets = [
      inForm(ORG),
      inForm(`${ORG}/preview`),
      inForm(`${ORG}/${await task()}/fixes`),
      { method: 'PATCH', path: '/activityid/v1/user/bulk', type: 'application/jsonl', body },
      { method: 'POST', path: '/api/actions/bulk/jobs', type: 'application/json', body },
      { method: 'POST', path: '/v2/task/create', type: 'application/json', body },
      { method: 'POST', path: `${ORG}/${await task()}/cancel`, type: 'application/json', body },
    ];
    const peak = await peakOf(async () => {
      for (const target of targets) {
        const answer = await send(target, { 'content-encoding': coding });
        expect([target.path, answer.status]).toEqual([target.path, 413]);
      }
    });
    expect(peak).toBeLessThan(96 * MAX);
  });

  test('is refused where it asks for a window of more than 8 MB', async () => {
    const body = zstdCompressSync(Buffer.alloc(40 * MAX, 'abc'), { params: { 101: 25 } });
    const answer = await send(
      { method: 'POST', path: '/v2/task/create', type: 'application/json', body },
      { 'content-encoding': 'zstd' },
    );
    expect(answer.status).toBe(400);
  });
});

test('a compressed body that stops arriving is 408', async () => {
  for (const { method, path, type } of await Promise.all(
    [requests[0], requests[4], requests[8]].map((each) => each?.[2]() as Promise<Request>),
  )) {
    const body = gzipSync(randomBytes(50_000));
    const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Encoding: gzip\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, 1_000)])),
      );
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect([path, answer.slice(0, 12)]).toEqual([path, 'HTTP/1.1 408']);
  }
});

test('a connection goes on, or ends in good order, after a body that nobody read to its end', async () => {
  const body = gzipSync(randomBytes(100_000));
  const request = (path: string, connection: string) =>
    Buffer.concat([
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nAuthorization: Bearer ${token}\r\n` +
          `Content-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]);
  for (const path of ['/v2/task/create?x=1', '/v2/task/create', '/v2/task/nothing']) {
    const answers = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(server.port, '127.0.0.1');
      socket.write(Buffer.concat([request(path, 'keep-alive'), request(path, 'close')]));
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    const first = answers.split('HTTP/1.1 ')[1] ?? '';
    expect([path, first]).toEqual([path, expect.stringMatching(/^4\d\d /)]);
    if (!/\r\nconnection: close/i.test(first)) expect(answers.split('HTTP/1.1 ')).toHaveLength(3);
  }
});
