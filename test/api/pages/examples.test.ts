import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { type Answer, form, openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { wrong } from './types.ts';

/** The published pages' own examples, sent as they stand there. */
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
  organizationId = await server.organization(`pages-${count}`);
  token = await server.token(organizationId);
});

describe('organizations', () => {
  const path = () => `/v1/organizations/${toHex24(organizationId)}/bulk-tasks`;

  test('the list with each of its parameters', async () => {
    const body = form({ action: 'import-inventory-items', override: 'true' }, THREE_ROWS);
    const submitted = await server.ask(path(), { method: 'POST', token, body });
    expect([submitted.status, wrong('task', submitted.json)]).toEqual([202, []]);
    for (const query of [
      '',
      '?page=1&limit=10',
      '?sort=createdAt:desc',
      '?sort=name',
      '?sort=status:asc',
      '?sort=:desc',
      '?sort=file.originalName:desc',
      '?status=pending',
      '?action=import-inventory-items',
      '?page=1&limit=10&sort=createdAt:asc&status=pending&action=import-inventory-items',
    ]) {
      const { status, json } = await server.ask(`${path()}/${query}`, { token });
      expect([query, status, wrong('tasks', json), json.data?.totalDocs]).toEqual([query, 200, [], 1]);
      expect(json.data).not.toHaveProperty('prevPage');
      expect(json.data).not.toHaveProperty('nextPage');
    }
    expect((await server.ask(`${path()}/?action=import-mdm-users`, { token })).json.data?.totalDocs).toBe(0);
  });

  test('a name of 200 emoji is no longer than 256 characters', async () => {
    const name = `${'\u{1f600}'.repeat(200)}.csv`;
    const body = form({ action: 'import-inventory-items' }, THREE_ROWS, { name });
    const { json } = await server.ask(path(), { method: 'POST', token, body });
    expect([wrong('task', json), json.data?.file?.originalName]).toEqual([[], name]);
  });

  test('one task, by its id in either case', async () => {
    const id = toHex24((await server.submit(organizationId, 'import-inventory-items', THREE_ROWS)).id);
    for (const spelled of [id, id.toUpperCase()]) {
      const { status, json } = await server.ask(`${path()}/${spelled}`, { token });
      expect([status, wrong('task', json), json.data?.id]).toEqual([200, [], id]);
    }
  });

  test('errors are word for word those of the page', async () => {
    const noToken = { status: false, error: { code: 4002, message: 'No auth token' } };
    const invalid = { status: false, error: { code: 4004, message: 'Invalid Token' } };
    const notFound = { status: false, error: { code: 3001, message: 'Entity not found' } };
    for (const below of ['/', `/${toHex24(newId())}`]) {
      const none = await server.ask(path() + below);
      expect([none.status, none.json, wrong('organizationsError', none.json)]).toEqual([401, noToken, []]);
      const bad = await server.ask(path() + below, { token: 'x' });
      expect([bad.status, bad.json]).toEqual([401, invalid]);
    }
    for (const missing of [
      `${path()}/507f1f77bcf86cd799439023`,
      '/v1/organizations/507f1f77bcf86cd799439023/bulk-tasks/',
    ]) {
      const { status, json } = await server.ask(missing, { token });
      expect([status, json]).toEqual([404, notFound]);
    }
  });
});

describe('activityid', () => {
  const PATH = '/activityid/v1/user/bulk';

  test('all bulks, with the headers of the page', async () => {
    const body = '{"object_id":"1","name":"Ann"}\n';
    const headers = { 'content-type': 'application/jsonl' };
    const received = await server.ask(PATH, { method: 'PATCH', token, headers, body });
    expect([received.status, wrong('received', received.json)]).toEqual([202, []]);
    for (const more of [{}, { 'content-type': 'application/json' }, { 'accept-language': 'es_ES' }]) {
      const { status, json } = await server.ask(PATH, { token, headers: { accept: 'application/json', ...more } });
      expect([status, wrong('bulks', json)]).toEqual([200, []]);
      expect(json.content?.[0]).toEqual(received.json.content);
      expect(json.result?.message).toMatch('accept-language' in more ? /procesos/ : /bulks/);
    }
  });

  test('errors have no content', async () => {
    for (const [status, answer] of [
      [401, await server.ask(PATH)],
      [401, await server.ask(PATH, { token: 'x' })],
      [404, await server.ask(`${PATH}/${newId()}`, { token })],
      [400, await server.ask(`${PATH}/${newId()}/results?limit=x`, { token })],
    ] as const) {
      expect([answer.status, wrong('activityidError', answer.json), answer.json.result?.status]).toEqual([
        status,
        [],
        status,
      ]);
    }
  });
});

describe('actions', () => {
  const PATH = '/api/actions/bulk/jobs';

  function send(path: string, body?: object, method = 'POST'): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return server.ask(path, { method, token, headers, ...(body && { body: JSON.stringify(body) }) });
  }

  test('one job, from its making to its deletion', async () => {
    const order = {
      criteria_json: '{"all":[]}',
      action_type: 'Block',
      action_reason: 'lost',
      action_duration: 60,
      max_limit: 0,
    };
    const made = await send(PATH, order);
    expect([made.status, wrong('job', made.json)]).toEqual([201, []]);
    const path = `${PATH}/${made.json.job_id}`;
    expect((await send(path, undefined, 'DELETE')).status).toBe(400);
    expect(wrong('job', (await server.ask(path, { token })).json)).toEqual([]);
    const cancelled = await send(`${path}/cancel`);
    expect([cancelled.status, wrong('cancelled', cancelled.json)]).toEqual([200, []]);
    expect(wrong('job', (await server.ask(path, { token })).json)).toEqual([]);
    expect((await send(`${path}/cancel`)).status).toBe(400);
    const deleted = await send(path, undefined, 'DELETE');
    expect([deleted.status, wrong('deleted', deleted.json)]).toEqual([200, []]);
  });

  test('errors are of the type of the page', async () => {
    for (const [status, answer] of [
      [401, await server.ask(`${PATH}/${newId()}`)],
      [404, await server.ask(`${PATH}/${newId()}`, { token })],
      [404, await server.ask('/api/actions/bulk/nothing', { token })],
      [400, await send(PATH, { action_type: 'explode' })],
      [400, await send(`${PATH}?x`, { criteria_json: { field: 'colour', op: 'eq', value: 1 }, action_type: 'allow' })],
    ] as const) {
      expect([answer.status, wrong('problem', answer.json), answer.json.status]).toEqual([status, [], status]);
    }
  });
});

describe('task-v2', () => {
  function send(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { ...(body !== undefined && { 'content-type': 'application/json' }) };
    return server.ask(`/v2/task${path}`, {
      method,
      token,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  test('the search, the making, the change, the view and the deletion of the page', async () => {
    const made = await send('POST', '/create', { handler: 'ExportHandler', user_id: 'user-2', status: 'pending' });
    expect([made.status, wrong('entry', made.json)]).toEqual([201, []]);
    expect(made.json).toMatchObject({ handler: 'ExportHandler', user_id: 'user-2', status: 'pending' });
    const search = {
      filter: { handler: 'ImportHandler', status: 'pending' },
      'per-page': 10,
      page: 1,
      sort: 'created_at',
    };
    const { id } = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    const found = await send('POST', '/index', search);
    expect([found.status, wrong('entries', found.json)]).toEqual([200, []]);
    expect((found.json as never as { task_id: string }[]).map(({ task_id }) => task_id)).toEqual([id]);
    const pagination = ['current-page', 'page-count', 'per-page', 'total-count'];
    expect(pagination.map((name) => found.headers.get(`x-pagination-${name}`))).toEqual(['1', '1', '10', '1']);
    const links = (found.headers.get('link') ?? '').split(', ').map((link) => /rel="(\w+)"/.exec(link)?.[1]);
    expect(links).toEqual(['self', 'first', 'last']);

    const mine = await send('POST', '/create', { handler: 'MyHandler', user_id: 'user-1', status: 'pending' });
    const task = mine.json.task_id as never as string;
    const updated = await send('PUT', `/update/${task}`, { status: 'completed' });
    expect([updated.status, wrong('entry', updated.json), updated.json.status]).toEqual([200, [], 'completed']);
    const viewed = await send('GET', `/view/${task}`);
    expect([viewed.status, viewed.json]).toEqual([200, updated.json]);

    const kept = await send('DELETE', `/delete/${id}?force=false`);
    expect([kept.status, wrong('entryError', kept.json)]).toEqual([400, []]);
    expect([
      (await send('DELETE', `/delete/${id}?force=true`)).status,
      (await send('GET', `/view/${id}`)).status,
    ]).toEqual([204, 404]);
    expect((await send('DELETE', `/delete/${task}?force=false`)).status).toBe(204);
  });

  test('a whole task as it was answered is taken back', async () => {
    const whole = {
      task_id: 'task-1',
      handler: 'MyHandler',
      user_id: 'user-1',
      entity_id: null,
      status: 'pending',
      request: null,
      response: null,
      created_at: '2024-01-01',
      updated_at: '2024-01-02',
    };
    const made = await send('POST', '/create', whole);
    expect([made.status, wrong('entry', made.json)]).toEqual([201, []]);
    const again = await send('PUT', `/update/${made.json.task_id}`, made.json);
    expect([again.status, again.json]).toEqual([200, made.json]);
  });

  test.each([
    '{"a": 1.0,  "b":[ 12345678901234567890 ]}',
    '  "text" ',
    'no JSON at all',
    '',
    'null',
    '1e400',
    '{"a":1,"a":2}',
    'caf\u00e9 \ud83d\ude00 \u2028',
  ])('the string %j comes back byte for byte', async (given) => {
    const made = await send('POST', '/create', { handler: 'MyHandler', request: given });
    expect([made.status, made.json.request]).toEqual([201, given]);
    const path = `/update/${made.json.task_id}`;
    expect((await send('PUT', path, { response: given })).json.response).toBe(given);
    const { json } = await send('POST', '/index', { filter: { request: given } });
    expect((json as never as { request: string }[]).map(({ request }) => request)).toEqual([given]);
  });

  test('a handler of 200 emoji is no longer than 256 characters', async () => {
    const handler = '\u{1f600}'.repeat(200);
    expect((await send('POST', '/create', { handler })).json.handler).toBe(handler);
    expect((await send('POST', '/create', { handler: `${handler}${'x'.repeat(57)}` })).json).toEqual([
      { field: 'handler', message: 'must have at most 256 characters' },
    ]);
  });

  test('errors are of the types of docs/api', async () => {
    for (const [status, type, answer] of [
      [401, 'entryError', await server.ask('/v2/task/view/1')],
      [404, 'entryError', await send('GET', `/view/${newId()}`)],
      [404, 'entryError', await send('GET', '/nothing')],
      [
        400,
        'entryError',
        await server.ask('/v2/task/index', {
          method: 'POST',
          token,
          headers: { 'content-type': 'application/json' },
          body: '{',
        }),
      ],
      [422, 'problems', await send('POST', '/index', { filter: { colour: 'red' } })],
      [422, 'problems', await send('POST', '/create', {})],
    ] as const) {
      expect([answer.status, wrong(type, answer.json)]).toEqual([status, []]);
    }
  });
});
