import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { statuses, type TaskStatus } from '../../../src/task/lifecycle.ts';
import { type Answer, askRaw, openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { ask, idsOf, putTask } from './task-v2.ts';

let server: TestServer;
let organizationId: string;
let token: string;
let count = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  organizationId = await server.organization(`org-${count}`);
  token = await server.token(organizationId);
});

const today = () => new Date().toISOString().slice(0, 10);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{6}000000$/;

function send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  return ask({ server, token }, method, path, body, headers);
}

const create = (body: unknown, headers: Record<string, string> = {}) => send('POST', '/create', body, headers);
const view = (id: string) => send('GET', `/view/${id}`);
const update = (id: string, body: unknown) => send('PUT', `/update/${id}`, body);

async function made(body: object): Promise<string> {
  const answer = await create(body);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.json.task_id as unknown as string;
}

function put(status: TaskStatus, members?: Record<string, unknown>): Promise<string> {
  return putTask({ server, organizationId }, status, members);
}

const notFound = { name: 'Not Found', message: expect.any(String), code: 0, status: 404 };

describe('a task that is made', () => {
  test('for a handler that is not ours is external: it is answered whole, with where to see it', async () => {
    const answer = await create({
      handler: 'Robot',
      user_id: 'user-2',
      entity_id: 7,
      status: 'pending',
      request: { a: [1, null] },
      task_id: 'task-1',
      response: 'ignored',
      created_at: '2020-01-01',
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      task_id: expect.stringMatching(UUID),
      handler: 'Robot',
      user_id: 'user-2',
      entity_id: '7',
      status: 'pending',
      request: '{"a":[1,null]}',
      response: null,
      created_at: today(),
      updated_at: today(),
    });
    expect(answer.headers.get('location')).toBe(`/v2/task/view/${answer.json.task_id}`);
    expect((await view(answer.json.task_id as never)).json).toEqual(answer.json);
  });

  test("takes the page's own example, an export that does not say of what: of the inventory items, as CSV", async () => {
    const answer = await create({ handler: 'ExportHandler', user_id: 'user-2', status: 'pending' });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ handler: 'ExportHandler', user_id: 'user-2', status: 'pending' });
    expect(JSON.parse(String(answer.json.request))).toEqual({ resource: 'inventory-items', format: 'csv' });
  });

  test('belongs to its submitter unless it says otherwise, and what is null is as if it were not there', async () => {
    const { json } = await create({ handler: 'Robot', user_id: null, entity_id: null, request: null, status: null });
    expect(json).toMatchObject({ user_id: expect.stringMatching(UUID), entity_id: null, request: null });
  });

  test.each([
    ['{"b":1}', '{"b":1}'],
    [' {"b" : 1.50, "a": 9007199254740993, "a": 1e400}', ' {"b" : 1.50, "a": 9007199254740993, "a": 1e400}'],
    ['12', '12'],
    ['null', 'null'],
    ['hello', 'hello'],
    ['"hello"', '"hello"'],
    [[1, 'x: y'], '[1,"x: y"]'],
    [false, 'false'],
  ])('takes a request as JSON text or as a value: %j', async (request, shown) => {
    expect((await create({ handler: 'Robot', request })).json.request).toBe(shown);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['no handler', {}, 'handler', /./],
    ['a handler without a name', { handler: '' }, 'handler', /must not be empty/],
    ['a long name', { handler: 'x'.repeat(257) }, 'handler', /at most 256 characters/],
    ['a NUL', { handler: 'a\0' }, 'handler', /U\+0000/],
    ['an unpaired surrogate', { handler: 'Robot', entity_id: '\ud800' }, 'entity_id', /unpaired surrogate/],
    ['another status', { handler: 'Robot', status: 'completed' }, 'status', /must be pending/],
    ['a NUL in the request', { handler: 'Robot', request: ['\0'] }, 'request', /U\+0000/],
    ['a large request', { handler: 'Robot', request: 'x'.repeat(70_000) }, 'request', /65536 bytes/],
    ['no object', [], 'body', /must be an object/],
    ['an action', { handler: 'ActionHandler', request: {} }, 'handler', /create actions at \/api\/actions\/bulk\/jobs/],
    ['a patch', { handler: 'PatchHandler', request: {} }, 'handler', /create patches at \/activityid\/v1\/user\/bulk/],
    ['an export as text', { handler: 'ExportHandler', request: 'x' }, 'request', /must be an object/],
    [
      'an unknown resource',
      { handler: 'ExportHandler', request: { resource: 'x', format: 'csv' } },
      'request.resource',
      /"x" cannot be exported; use one of inventory-items, mdm-users, devices, identities/,
    ],
    [
      'an unknown format',
      { handler: 'ExportHandler', request: { resource: 'devices', format: 'xls' } },
      'request.format',
      /must be one of csv, ndjson, json/,
    ],
    ['no format', { handler: 'ExportHandler', request: { resource: 'devices' } }, 'request.format', /must be a string/],
    [
      'a criteria of another language',
      { handler: 'ExportHandler', request: { resource: 'devices', format: 'csv', criteria: { mac: 1 } } },
      'request.criteria',
      /has an unknown member "mac"/,
    ],
    [
      'a misspelt member',
      { handler: 'ImportHandler', request: { action: 'import-devices', file: 'x', overide: true } },
      'request',
      /overide/,
    ],
    [
      'an unknown action',
      { handler: 'ImportHandler', request: { action: 'import-x', file: 'x' } },
      'request.action',
      /"import-x" is not a valid action/,
    ],
    [
      'an unknown file',
      { handler: 'ImportHandler', request: { action: 'import-devices', file: 'ab/cd' } },
      'request.file',
      /"ab\/cd" is neither the key of a stored file nor the id of a task/,
    ],
  ])('is refused with %s', async (_name, body, field, message) => {
    const answer = await create(body);
    expect([answer.status, answer.json]).toEqual([
      422,
      expect.arrayContaining([{ field, message: expect.stringMatching(message) }]),
    ]);
  });

  test('under a key is made once, also by ten copies at once; with another body it is refused', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ handler: 'Robot' }, key)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    await update(idsOf({ ...(answers[0] as Answer), json: [answers[0]?.json] as never })[0] as string, {
      status: 'in_progress',
    });
    expect((await create({ handler: 'Robot' }, key)).text).toBe(answers[0]?.text);
    const other = await create({ handler: 'Robot', entity_id: 'x' }, key);
    expect([other.status, other.json]).toEqual([
      422,
      [{ field: 'Idempotency-Key', message: expect.stringMatching(/used for another request/) }],
    ]);
    expect((await send('POST', '/index', {})).headers.get('x-pagination-total-count')).toBe('1');
    expect((await create({ handler: 'Robot' }, { 'idempotency-key': 'ü' })).status).toBe(422);
  });
});

describe('a single task', () => {
  test('is found by either spelling of its id, in the path or in the query string, with and without a slash', async () => {
    const id = await made({ handler: 'Robot' });
    for (const path of [
      `/view/${id}`,
      `/view/${toHex24(id)}`,
      `/view?id=${id}`,
      `/view/${id}/`,
      `/view/?id=${toHex24(id)}`,
    ]) {
      expect([path, (await send('GET', path)).json.task_id]).toEqual([path, id]);
    }
    expect((await send('PUT', `/update?id=${id}`, { entity_id: 'x' })).json.entity_id).toBe('x');
    const missing = await send('GET', '/view');
    expect([missing.status, missing.json]).toEqual([422, [{ field: 'id', message: expect.stringMatching(/missing/) }]]);
    await update(id, { status: 'cancelled' });
    expect((await send('DELETE', `/delete?id=${id}&force=1`)).status).toBe(204);
  });

  test('answers 304 to who has it, and says when to ask again while it is not over', async () => {
    const id = await made({ handler: 'Robot' });
    const first = await view(id);
    const etag = first.headers.get('etag') as string;
    expect(first.headers.get('retry-after')).toBe('1');
    expect((await send('GET', `/view/${id}`, undefined, { 'if-none-match': etag })).status).toBe(304);
    await update(id, { status: 'completed' });
    const after = await send('GET', `/view/${id}`, undefined, { 'if-none-match': etag });
    expect([after.status, after.headers.get('retry-after')]).toEqual([200, null]);
    expect((await send('HEAD', `/view/${id}`)).status).toBe(200);
  });

  test.each(statuses.flatMap((status) => [false, true].map((started) => [status, started] as const)))(
    'that is %s, begun: %s, is spelled as the life table says',
    async (status, started) => {
      const id = await put(status, started ? { started_at: new Date() } : {});
      const held = started ? 'in_progress' : 'pending';
      const spelled = {
        pending: 'pending',
        scheduled: 'pending',
        awaiting_approval: held,
        paused: held,
        running: 'in_progress',
        completed: 'completed',
        failed: 'failed',
        cancelled: 'cancelled',
      }[status];
      expect((await view(id)).json.status).toBe(spelled);
    },
  );

  test('of another dialect has the handler of its kind, and what it was asked', async () => {
    const items = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    expect((await view(items.id)).json).toMatchObject({
      handler: 'ImportHandler',
      request: JSON.stringify({ file: items.file?.key, action: 'import-inventory-items', override: false }),
      response: null,
    });
    await server.working(() => server.finished(items));
    expect(JSON.parse((await view(items.id)).json.response as never)).toEqual({
      items: 3,
      inserts: 3,
      updates: 0,
      skips: 0,
      errors: 0,
    });
    const patch = await put('pending', { operation: 'patch', action: 'patch-identities' });
    const act = await put('pending', { operation: 'act', action: 'block-devices', config: { type: 'block' } });
    expect((await view(patch)).json.handler).toBe('PatchHandler');
    expect((await view(act)).json).toMatchObject({
      handler: 'ActionHandler',
      request: '{"type":"block","action":"block-devices"}',
    });
  });

  test('of another organization is answered like one that is not there, whatever is asked of it', async () => {
    const id = await made({ handler: 'Robot' });
    const stranger = await server.token(await server.organization(`stranger-${count}`));
    for (const [method, path] of [
      ['GET', '/view'],
      ['PUT', '/update'],
      ['DELETE', '/delete'],
      ['GET', '/download'],
    ] as const) {
      const askFor = (which: string) =>
        server.ask(`/v2/task${path}/${which}`, {
          method,
          token: stranger,
          ...(method === 'PUT' && { body: '{}', headers: { 'content-type': 'application/json' } }),
        });
      const answers = await Promise.all([id, newId(), 'no-id'].map(askFor));
      expect(answers.map(({ status, json }) => [status, json])).toEqual(Array(3).fill([404, notFound]));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    expect((await view(id)).status).toBe(200);
  });
});

describe('errors', () => {
  test('have the envelope of the dialect wherever they come from', async () => {
    const json = { 'content-type': 'application/json' };
    const post = (path: string, options: object = {}) => server.ask(path, { method: 'POST', token, ...options });
    const answers = await Promise.all([
      post('/v2/task/nowhere'),
      post('/v2/task', { method: 'GET' }),
      post('/v2/task/index', { headers: json, body: '{' }),
      post('/v2/task/index', { headers: { 'content-type': 'text/csv' }, body: 'x' }),
      post('/v2/task/create', { headers: json, body: JSON.stringify('x'.repeat(2 ** 20)) }),
      post('/v2/task/index', { token: undefined }),
      post('/v2/task/index', { token: 'nonsense' }),
      post('/v2/task/index', { token: await server.token(organizationId, ['task.view']) }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 400, 415, 413, 401, 401, 403]);
    for (const { status, json: body } of answers) {
      expect(body).toEqual({ name: expect.any(String), message: expect.any(String), code: 0, status });
    }
    expect(answers[5]?.headers.get('www-authenticate')).toBe('Bearer realm="openbulk"');
    expect(answers[6]?.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answers[7]?.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="task.index"');
    expect(await askRaw(server.port, 'GET /v2/task/view/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400[\s\S]*"code":0,"status":400/,
    );
  });

  test('that are our own fault give nothing away', async () => {
    const broken = await openServer();
    onTestFinished(() => broken.close());
    const its = await broken.token(await broken.organization('broken'));
    await broken.pool.query('alter table tasks rename to elsewhere');
    const answer = await broken.ask('/v2/task/index', { method: 'POST', token: its });
    expect([answer.status, answer.json]).toEqual([
      500,
      { name: 'Internal Server Error', message: 'The server could not process this request.', code: 0, status: 500 },
    ]);
  });
});

test('an external task is never taken by our workers, and is seen and cancelled in other dialects', async () => {
  const id = await made({ handler: 'Robot', request: 1 });
  const bulk = `/v1/organizations/${organizationId}/bulk-tasks/${toHex24(id)}`;
  await server.working(async () => {
    const other = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    await server.finished(other);
  });
  expect((await view(id)).json.status).toBe('pending');
  const seen = await server.ask(bulk, { token });
  expect([seen.status, seen.json.data]).toEqual([200, expect.objectContaining({ action: 'Robot', status: 'pending' })]);
  expect((await server.ask(`${bulk}/cancel`, { method: 'POST', token })).status).toBe(200);
  expect((await view(id)).json).toMatchObject({ status: 'cancelled', response: null });
});
