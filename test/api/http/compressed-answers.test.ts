import { request as open } from 'node:http';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressAnswers } from '../../../src/api/http/answers/compressed-answers.ts';
import { toHex24 } from '../../../src/task/ids.ts';
import { HEADER, openServer, type TestServer } from '../server.ts';

const DECODERS = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync, zstd: zstdDecompressSync };
const codings = Object.keys(DECODERS) as (keyof typeof DECODERS)[];
const ORG = '/v1/organizations/acme';

let server: TestServer;
let token: string;
let task: string;
let exported: string;

beforeAll(async () => {
  server = await openServer();
  const acme = await server.organization('acme');
  token = await server.token(acme);
  // Lines with a serial number, which are imported, and lines without, which are in the report.
  const rows = Array.from({ length: 3_000 }, (_, row) => `Item ${row},laptop,${row % 2 === 0 ? `S${row}` : ''}\n`);
  const imported = await server.submit(acme, 'import-inventory-items', `${HEADER}\n${rows.join('')}`);
  await server.working(() => server.finished(imported));
  task = toHex24(imported.id);
  const body = JSON.stringify({ handler: 'ExportHandler', request: { resource: 'inventory-items', format: 'csv' } });
  const made = await ask('POST', '/v2/task/create', { 'content-type': 'application/json' }, body);
  exported = JSON.parse(made.bytes.toString()).task_id;
  await server.working(() => server.finished({ id: exported, organizationId: acme } as never));
  for (let count = 0; count < 30; count += 1) {
    const headers = { 'content-type': 'application/jsonl' };
    await ask('PATCH', '/activityid/v1/user/bulk', headers, `{"object_id":"${count}"}\n`);
    const job = { criteria_json: { all: [] }, action_type: 'monitor' };
    await ask('POST', '/api/actions/bulk/jobs', { 'content-type': 'application/json' }, JSON.stringify(job));
  }
}, 120_000);
afterAll(() => server.close());

/** An answer as it travels: `fetch` would unpack it. */
function ask(method: string, path: string, more: Record<string, string> = {}, body?: string) {
  const headers = { authorization: `Bearer ${token}`, ...more };
  return new Promise<{ status: number; headers: Record<string, string | undefined>; bytes: Buffer }>(
    (resolve, reject) => {
      const request = open({ host: '127.0.0.1', port: server.port, method, path, headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string | undefined>,
          bytes: Buffer.concat(chunks),
        });
      });
      request.on('error', reject).end(body);
    },
  );
}

/** What is asked, with the media type of its answer. */
const long: readonly (readonly [
  what: string,
  method: string,
  path: () => string,
  type: string,
  body: string | undefined,
])[] = [
  [
    'organizations: a list',
    'GET',
    () => `${ORG}/inventory-items?limit=200`,
    'application/json; charset=utf-8',
    undefined,
  ],
  [
    'organizations: a list that is streamed',
    'GET',
    () => `${ORG}/inventory-items?limit=1000`,
    'application/json; charset=utf-8',
    undefined,
  ],
  ['organizations: a task', 'GET', () => `${ORG}/bulk-tasks/${task}`, 'application/json; charset=utf-8', undefined],
  [
    'organizations: a report as CSV',
    'GET',
    () => `${ORG}/bulk-tasks/${task}/report?format=csv`,
    'text/csv; charset=utf-8',
    undefined,
  ],
  [
    'organizations: a report as NDJSON',
    'GET',
    () => `${ORG}/bulk-tasks/${task}/report?format=ndjson`,
    'application/x-ndjson; charset=utf-8',
    undefined,
  ],
  [
    'organizations: a report as JSON',
    'GET',
    () => `${ORG}/bulk-tasks/${task}/report?format=json`,
    'application/json; charset=utf-8',
    undefined,
  ],
  ['activityid: the bulks', 'GET', () => '/activityid/v1/user/bulk', 'application/json; charset=utf-8', undefined],
  ['actions: the jobs', 'GET', () => '/api/actions/bulk/jobs', 'application/json; charset=utf-8', undefined],
  ['task-v2: a search', 'POST', () => '/v2/task/index', 'application/json; charset=utf-8', '{}'],
  ['task-v2: a download', 'GET', () => `/v2/task/download/${exported}`, 'text/csv; charset=utf-8', undefined],
  ['a document', 'GET', () => '/openapi/organizations.json', 'application/json; charset=utf-8', undefined],
];

describe.each(long)('%s', (_what, method, path, type, body) => {
  const typed = body === undefined ? {} : { 'content-type': 'application/json' };

  test.each(codings)('is the same when it comes as %s', async (coding) => {
    const plain = await ask(method, path(), typed, body);
    const packed = await ask(method, path(), { ...typed, 'accept-encoding': coding }, body);
    expect([plain.status, packed.status, packed.headers['content-type']]).toEqual([200, 200, type]);
    expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, coding]);
    expect(DECODERS[coding](packed.bytes).toString()).toBe(plain.bytes.toString());
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
    for (const { headers } of [plain, packed]) expect(headers.vary).toMatch(/\bAccept-Encoding\b/);
    expect(packed.headers['content-length'] ?? String(packed.bytes.length)).toBe(String(packed.bytes.length));
  });

  test('comes as it is to who takes no coding', async () => {
    for (const accepted of ['identity', 'gzip;q=0, br;q=0', '*;q=0', 'compress']) {
      const { headers } = await ask(method, path(), { ...typed, 'accept-encoding': accepted }, body);
      expect([accepted, headers['content-encoding']]).toEqual([accepted, undefined]);
    }
  });

  if (method !== 'GET') return;

  test('says the same to HEAD, as far as it is known', async () => {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((each) => ask(each, path(), { 'accept-encoding': 'gzip' })),
    );
    expect([head?.status, head?.bytes.length, head?.headers.etag]).toEqual([200, 0, get?.headers.etag]);
    const { 'content-length': length, 'content-encoding': coding } = head?.headers ?? {};
    // A length is that of the coding that it stands beside.
    if (length !== undefined) expect([length, coding]).toEqual([get?.headers['content-length'], 'gzip']);
  });
});

test('what is short comes as it is', async () => {
  for (const path of [
    '/livez',
    '/v2/task/nothing',
    `/activityid/v1/user/bulk/${exported}`,
    '/api/actions/bulk/jobs?limit=1',
  ]) {
    const { headers, bytes } = await ask('GET', path, { 'accept-encoding': 'gzip, br' });
    expect([path, bytes.length < 1_024, headers['content-encoding']]).toEqual([path, true, undefined]);
    expect(headers.vary).toMatch(/\bAccept-Encoding\b/);
  }
});

describe('an entity tag', () => {
  const packing = { 'accept-encoding': 'gzip' };
  const paths: readonly (() => string)[] = [() => `${ORG}/bulk-tasks/${task}`, () => `/v2/task/download/${exported}`];

  test.each(paths.map((path) => [path] as const))(
    'is weak where bytes are not the same, and still names what is known',
    async (path) => {
      const [plain, packed] = [await ask('GET', path()), await ask('GET', path(), packing)];
      expect(packed.headers.etag).toBe(`W/${plain.headers.etag}`);
      for (const etag of [plain.headers.etag, packed.headers.etag] as string[]) {
        for (const accepted of [{}, packing]) {
          const again = await ask('GET', path(), { 'if-none-match': etag, ...accepted });
          const known = accepted === packing ? etag : plain.headers.etag;
          expect([again.status, again.headers.etag, again.bytes.length]).toEqual([304, known, 0]);
          expect(again.headers.vary).toMatch(/\bAccept-Encoding\b/);
        }
      }
    },
  );

  test('of compressed bytes is none to go on from', async () => {
    const path = `/v2/task/download/${exported}`;
    const [plain, packed] = [await ask('GET', path), await ask('GET', path, packing)];
    expect([plain.headers['accept-ranges'], packed.headers['accept-ranges']]).toEqual(['bytes', undefined]);
    const range = { ...packing, range: 'bytes=5-9' };
    const part = await ask('GET', path, range);
    expect([part.status, part.headers['content-encoding'], part.headers.etag]).toEqual([
      206,
      undefined,
      plain.headers.etag,
    ]);
    expect(part.bytes.toString()).toBe(plain.bytes.subarray(5, 10).toString());
    expect((await ask('GET', path, { ...range, 'if-range': String(plain.headers.etag) })).status).toBe(206);
    expect((await ask('GET', path, { ...range, 'if-range': String(packed.headers.etag) })).status).toBe(200);
  });
});

describe('what is made as it is read', () => {
  /** The first piece of an answer. */
  function begin(path: string, accepted: string) {
    return new Promise<{ headers: Record<string, unknown>; chunk: Buffer; stop: () => void }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'accept-encoding': accepted };
      const request = open({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
        response.once('data', (chunk) => resolve({ headers: response.headers, chunk, stop: () => request.destroy() }));
      });
      request.on('error', reject).end();
    });
  }

  test('events are sent as they are', async () => {
    const { headers, chunk, stop } = await begin(`${ORG}/bulk-tasks/${task}/events`, 'gzip, br');
    stop();
    expect([headers['content-encoding'], chunk.toString().slice(0, 6)]).toEqual([undefined, 'retry:']);
  });

  test('whoever leaves in the middle leaves nothing behind', async () => {
    const before = server.logged.length;
    const { stop } = await begin(`${ORG}/bulk-tasks/${task}/report?format=csv`, 'gzip');
    stop();
    expect((await ask('GET', `${ORG}/bulk-tasks/${task}/report`)).status).toBe(200);
    expect(server.logged.slice(before).filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  /** A server of one answer, which is made by `pieces`. */
  async function serve(pieces: () => AsyncGenerator<string>) {
    const app = fastify();
    compressAnswers(app as never);
    app.get('/', (_request, reply) => reply.type('text/csv').send(Readable.from(pieces(), { objectMode: false })));
    return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
  }

  test.each(codings)('each piece is read as %s before the next is made', async (coding) => {
    let read = () => {};
    const { url, close } = await serve(async function* () {
      for (let piece = 0; piece < 5; piece += 1) {
        const taken = new Promise<void>((resolve) => {
          read = resolve;
        });
        yield `${piece}\n`;
        await taken;
      }
    });
    let text = '';
    const response = await fetch(url, { headers: { 'accept-encoding': coding } });
    expect(response.headers.get('content-encoding')).toBe(coding);
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      read();
    }
    expect(text).toBe('0\n1\n2\n3\n4\n');
    await close();
  });

  test.each(codings)(
    'what breaks in the middle ends as %s without an end, and what breaks at once is told',
    async (coding) => {
      for (const first of [['a,b\n'.repeat(1_000)], []]) {
        const { url, close } = await serve(async function* () {
          yield* first;
          throw new Error('broken');
        });
        const response = await fetch(url, { headers: { 'accept-encoding': coding } });
        if (first.length > 0) await expect(response.text()).rejects.toThrow();
        else
          expect([response.status, response.headers.get('content-type')]).toEqual([
            500,
            expect.stringContaining('json'),
          ]);
        await close();
      }
    },
  );
});
