import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TokenError } from '../../../src/auth/tokens/token-error.ts';
import { StoreFullError } from '../../../src/files/file-store.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { readUsers } from '../../support/data/patches.ts';
import { type Answer, askRaw, openServer, type TestServer } from '../server.ts';

const BULK = '/activityid/v1/user/bulk';
/** More than what a server takes into memory by itself. */
const MAX_BYTES = 3_000_000;
const LINES = '{"object_id":"1","name":"Ann"}\n{"pulse_id":"p","name":"Bea"}\n';

let server: TestServer;
let organizationId: string;
let token: string;

beforeAll(async () => {
  server = await openServer({ maxUploadBytes: MAX_BYTES });
  organizationId = await server.organization('acme');
  token = await server.token(organizationId);
});
afterAll(() => server.close());

function patch(body: string | Buffer, headers: Record<string, string> = {}, as = token): Promise<Answer> {
  return server.ask(BULK, {
    method: 'PATCH',
    token: as,
    headers: { 'content-type': 'application/jsonl', ...headers },
    body: body as string,
  });
}

async function counted(): Promise<{ tasks: number; files: number }> {
  const { rows } = await server.pool.query('select count(*) as tasks from tasks');
  const names = await readdir(join(server.dataDir, 'files'), { recursive: true, withFileTypes: true });
  return { tasks: rows[0].tasks, files: names.filter((name) => name.isFile()).length };
}

describe('a submission', () => {
  test('is answered 202 with the bulk as received and where it is, and is then carried out', async () => {
    const before = await counted();
    const answer = await patch(LINES);
    const bulkId = answer.json.content?.bulkId as unknown as string;
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      content: {
        bulkId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
        status: 'received',
        createdOn: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedOn: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
      result: { status: 202, message: 'The bulk was received.' },
    });
    expect(answer.headers.get('location')).toBe(`${BULK}/${bulkId}`);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await counted()).toEqual({ tasks: before.tasks + 1, files: before.files + 1 });
    expect((await server.ask(`${BULK}/${bulkId}`, { token })).json.content).toEqual(answer.json.content);
    await server.working(() => server.finished({ id: bulkId, organizationId } as never));
    expect(await readUsers(server.pool, organizationId)).toEqual([
      '{"document":{"name":"Ann"},"objectId":"1","pulseId":null}',
      '{"document":{"name":"Bea"},"objectId":null,"pulseId":"p"}',
    ]);
  });

  test.each([
    'application/jsonl; charset=UTF-8',
    'Application/JSONL',
    'application/x-ndjson',
    'application/x-jsonlines',
  ])('may be called %s', async (type) => {
    expect((await patch(LINES, { 'content-type': type })).status).toBe(202);
  });

  test.each([
    ['text/csv', 'Content-Type must be application/jsonl'],
    ['application/json', 'Content-Type must be application/jsonl'],
    ['', 'Content-Type must be application/jsonl'],
    ['application/jsonl; charset=latin1', 'Content-Type must have the charset utf-8'],
  ])('that is called %s is 400', async (type, message) => {
    const before = await counted();
    const answer = await patch(LINES, { 'content-type': type });
    expect(answer.status).toBe(400);
    expect(answer.json.result?.message).toContain(message);
    expect(await counted()).toEqual(before);
  });

  test('that is compressed otherwise than it can be unpacked is 415', async () => {
    const answer = await patch(LINES, { 'content-encoding': 'compress' });
    expect([answer.status, answer.json.result?.message]).toEqual([
      415,
      'This Content-Encoding is not supported. Content-Encoding must be one of gzip, deflate, br, zstd',
    ]);
  });

  test.each(['', ' \r\n\t\n', '\ufeff\n', '\n'.repeat(300_000)])(
    'of nothing is 400, and nothing is stored',
    async (body) => {
      const before = await counted();
      const answer = await patch(body);
      expect(answer.status).toBe(400);
      expect(answer.json.result?.message).toContain('body is empty: send one JSON object a line');
      expect(await counted()).toEqual(before);
    },
  );

  test('may have as many bytes as the server takes', async () => {
    expect((await patch(LINES.padEnd(MAX_BYTES, '\n'))).status).toBe(202);
  });

  test('that is too large is 413 before and while it is sent, and nothing is stored', async () => {
    const before = await counted();
    const message = 'The body is larger than this server allows. Send it in several bulks.';
    const large = `{"object_id":"1","a":"${'x'.repeat(MAX_BYTES)}"}`;
    expect((await patch(large)).json).toEqual({ result: { status: 413, message } });
    const chunk = `${(50_000).toString(16)}\r\n${'x'.repeat(50_000)}\r\n`;
    const head = `PATCH ${BULK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/jsonl\r\n`;
    const answer = await askRaw(server.port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(80)}0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(message);
    expect(await counted()).toEqual(before);
  });

  test('that breaks off leaves nothing behind', async () => {
    const before = await counted();
    const head = `PATCH ${BULK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/jsonl\r\n`;
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${head}Content-Length: 500000\r\n\r\n${LINES.repeat(1_000)}`);
    while ((await counted()).files === before.files) await sleep(10);
    socket.destroy();
    while ((await counted()).files > before.files) await sleep(10);
    expect(await counted()).toEqual(before);
  });

  test('asks for the body only of who may submit', async () => {
    const ask = (as: string) =>
      askRaw(
        server.port,
        `PATCH ${BULK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${as}\r\nContent-Type: application/jsonl\r\n` +
          `Expect: 100-continue\r\nContent-Length: ${LINES.length}\r\n\r\n`,
        500,
      );
    expect(await ask(token)).toMatch(/^HTTP\/1\.1 100 /);
    expect(await ask(await server.token(organizationId, ['activityid.user.bulk.list']))).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('the Idempotency-Key', () => {
  test('makes ten copies sent at once one bulk with one answer, and leaves one file', async () => {
    const before = await counted();
    const headers = { 'idempotency-key': 'ten' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => patch(LINES, headers)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).toBe(1);
    expect(await counted()).toEqual({ tasks: before.tasks + 1, files: before.files + 1 });
  });

  test('with another body is 409, of another client another key, and one that is none is 400', async () => {
    const headers = { 'idempotency-key': 'other' };
    expect((await patch(LINES, headers)).status).toBe(202);
    const answer = await patch(`${LINES} `, headers);
    expect(answer.json).toEqual({
      result: { status: 409, message: 'This Idempotency-Key was used for another request. Use a new key.' },
    });
    expect((await patch(LINES, headers, await server.token(organizationId))).status).toBe(202);
    expect((await patch(LINES, { 'idempotency-key': 'a b' })).status).toBe(400);
  });
});

describe('every failure has the envelope of the dialect', () => {
  test.each([
    ['GET', '/activityid'],
    ['GET', '/activityid/v1/nothing'],
    ['GET', `${BULK}/${newId()}`],
    ['GET', `${BULK}/${toHex24(newId())}/results`],
    ['GET', `${BULK}/xyz`],
    ['GET', `${BULK}/${newId()}/nothing`],
    ['GET', `${BULK}/${'a'.repeat(5_000)}`],
  ])('%s %s is 404', async (method, path) => {
    const answer = await server.ask(path, { method, token });
    expect(answer.json).toEqual({ result: { status: 404, message: 'Not found, or no longer available.' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  test('what belongs to another organization answers like what is not there', async () => {
    const { bulkId } = (await patch(LINES)).json.content as unknown as { bulkId: string };
    const theirs = await server.token(await server.organization('theirs'));
    for (const path of [`/${bulkId}`, `/${bulkId}/results`]) {
      const answers = await Promise.all(
        [path, path.replace(bulkId, newId())].map((one) => server.ask(BULK + one, { token: theirs })),
      );
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      expect(answers[0]?.text).toBe(answers[1]?.text);
    }
  });

  test('a token that sees several organizations must say which it means', async () => {
    const { bulkId } = (await patch(LINES)).json.content as unknown as { bulkId: string };
    const second = await server.organization('second');
    const permissions = new Set(['activityid.user.bulk.get']);
    const principal = {
      id: newId(),
      kind: 'client',
      organizations: new Set([organizationId, second]),
      permissions,
    } as const;
    const wide = await openServer({ pool: server.pool, verifier: { verify: async () => principal } });
    const ask = (headers: Record<string, string>) => wide.ask(`${BULK}/${bulkId}`, { token: 'wide', headers });
    try {
      const answer = await ask({ 'accept-language': 'es' });
      expect(answer.json.result).toEqual({
        status: 400,
        message:
          'La petición no es válida. OpenBulk-Organization debe indicar una de las organizaciones a las que el token tiene acceso',
      });
      const statuses = ['acme', 'second', 'theirs', organizationId].map((named) =>
        ask({ 'openbulk-organization': named }),
      );
      expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([200, 404, 404, 200]);
    } finally {
      await wide.close();
    }
  });

  test('401 without a token and with a bad one, with the challenge of RFC 6750', async () => {
    const none = await server.ask(BULK);
    expect(none.json).toEqual({ result: { status: 401, message: 'The request has no token.' } });
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="openbulk"');
    const bad = await server.ask(BULK, { token: 'bad' });
    expect(bad.json).toEqual({ result: { status: 401, message: 'The token is not valid.' } });
    expect(bad.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test.each([
    ['GET', '', 'activityid.user.bulk.list'],
    ['GET', `/${newId()}`, 'activityid.user.bulk.get'],
    ['GET', `/${newId()}/results`, 'activityid.user.bulk.get'],
    ['PATCH', '', 'activityid.user.bulk.patch'],
  ])('403 to %s %s without the permission %s, which is enough', async (method, path, scope) => {
    const ask = async (permissions: string[]) =>
      server.ask(BULK + path, { method, token: await server.token(organizationId, permissions as never) });
    const answer = await ask(
      ['activityid.user.bulk.list', 'activityid.user.bulk.get', 'activityid.user.bulk.patch'].filter(
        (one) => one !== scope,
      ),
    );
    expect([answer.status, answer.json.result?.status]).toEqual([403, 403]);
    expect(answer.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${scope}"`);
    expect((await ask([scope])).status).not.toBe(403);
  });

  test('400 for a URL that is not encoded as it must be', async () => {
    const answer = await server.ask(`${BULK}/%zz`, { token });
    expect(answer.json.result).toMatchObject({ status: 400 });
  });

  test('504 when the OAuth server cannot be reached; 503 when the database is away, 507 when the disk is full; 500 tells nothing', async () => {
    const pool = openPool({ url: 'postgres://127.0.0.1:1/none', applicationName: 'test', max: 1 });
    const verifying = (error: Error) => ({ verifier: { verify: () => Promise.reject(error) } });
    const put = () => Promise.reject(new StoreFullError('full'));
    const cases = [
      [504, verifying(new TokenError('unavailable', 'not now')), /^The OAuth server cannot be reached/],
      [500, verifying(new TypeError('a secret')), /^The server could not process this request\.$/],
      [503, { pool }, /^The server is unavailable at the moment/],
      [507, { files: { ...server.files, put } }, /no space/],
    ] as const;
    for (const [status, options, message] of cases) {
      const broken = await openServer(options);
      try {
        const mine = await broken.token(await broken.organization('acme'));
        const headers = { 'content-type': 'application/jsonl' };
        const answer = await broken.ask(BULK, { method: 'PATCH', token: mine, headers, body: LINES });
        expect([answer.status, answer.json.result?.status]).toEqual([status, status]);
        expect(answer.json.result?.message).toMatch(message);
        expect(answer.headers.has('retry-after')).toBe(status !== 500);
      } finally {
        await broken.close();
      }
    }
    await pool.end();
  });
});

describe('the language', () => {
  test.each([
    ['es', 'es'],
    ['es-MX,en;q=0.5', 'es'],
    ['es_ES', 'es'],
    ['fr_FR, es_MX;q=0.8, en_GB;q=0.7', 'es'],
    ['en_US', 'en'],
    ['_', 'en'],
    ['fr, ES;q=0.8, en;q=0.7', 'es'],
    ['en;q=0, *', 'es'],
    ['en, es', 'en'],
    ['es;q=0.4, en;q=0.9', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    ['es;q=x', 'en'],
    [';;,,', 'en'],
  ])('of %s is %s, on success and on failure', async (accepted, language) => {
    const headers = { 'accept-language': accepted };
    const found = await server.ask(BULK, { token, headers });
    expect(found.json.result?.message).toBe(
      language === 'es' ? 'Los procesos masivos que aún se conservan.' : 'The bulks that are still retained.',
    );
    const failed = await server.ask('/activityid/nothing', { headers });
    expect(failed.json.result?.message).toMatch(language === 'es' ? /^No se ha encontrado/ : /^Not found/);
    for (const answer of [found, failed]) {
      expect(answer.headers.get('content-language')).toBe(language);
      expect(answer.headers.get('vary')).toBe('Accept-Language, Accept-Encoding');
    }
  });

  test('is Spanish to the last word, whatever is wrong', async () => {
    const spanish = { 'accept-language': 'es' };
    const answers = [
      await patch('', spanish),
      await patch(LINES, { ...spanish, 'content-type': 'text/csv' }),
      await patch(LINES, { ...spanish, 'content-type': 'application/jsonl;charset=latin1' }),
      await patch(LINES, { ...spanish, 'content-encoding': 'compress' }),
      await patch('x'.repeat(MAX_BYTES + 1), spanish),
      await patch(LINES, { ...spanish, 'idempotency-key': 'a b' }),
      await server.ask(`${BULK}/${newId()}/results?limit=0&last=x&failedOnly=x`, { token, headers: spanish }),
      await server.ask(`${BULK}/%zz`, { headers: spanish }),
      await server.ask(BULK, { headers: spanish }),
      await server.ask(BULK, { token: 'bad', headers: spanish }),
      await server.ask(BULK, { token: await server.token(organizationId, []), headers: spanish }),
    ];
    for (const { status, json } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(json.result?.message).not.toMatch(/\b(the|is|must|not|of|and|to|has)\b/i);
    }
  });
});

test('the report that another dialect gives of a bulk has the lines as JSON', async () => {
  const deep = `{"object_id":"6","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const lines = ['{"object_id":"5","name":"Eve"}', '{"object_id":"5"}', '{"name":"nobody, really"}', 'no JSON', deep];
  const { bulkId } = (await patch(lines.join('\n'))).json.content as unknown as { bulkId: string };
  await server.working(() => server.finished({ id: bulkId, organizationId } as never));
  const report = `/v1/organizations/acme/bulk-tasks/${toHex24(bulkId)}/report`;
  const csv = parse((await server.ask(report, { token })).text) as string[][];
  expect(csv.map((row) => row.slice(0, 4))).toEqual([
    ['record', 'line', 'code', 'column'],
    ['{"object_id":"5"}', '2', 'unchanged', ''],
    ['{"name":"nobody, really"}', '3', 'missing_key', ''],
    ['no JSON', '4', 'invalid_json', ''],
    ['', '5', 'too_deep', ''],
  ]);
  const ndjson = (await server.ask(`${report}?format=ndjson&outcome=skipped`, { token })).text;
  expect(JSON.parse(ndjson)).toMatchObject({ line: 2, outcome: 'skipped', record: { record: '{"object_id":"5"}' } });
});
