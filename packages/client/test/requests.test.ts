import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { clientCredentials, OpenBulk, OpenBulkError, type OpenBulkOptions, type Retry } from '../src/index.ts';
import { type RunningProgram, startProgram } from './support/program.ts';
import { openRelay, type Relay } from './support/relay.ts';

/** Requests of the client to the running program. */
let program: RunningProgram;
let relay: Relay;
let token: string;

beforeAll(async () => {
  program = await startProgram();
  relay = await openRelay(program.port);
  token = await program.token();
});
afterEach(() => {
  relay.cut = () => undefined;
  relay.requests.length = 0;
});
afterAll(async () => {
  await relay.close();
  await program.close();
});

function client(options: Partial<OpenBulkOptions> = {}): OpenBulk {
  return new OpenBulk({ url: relay.url, token, ...options });
}

async function errorOf(promise: Promise<unknown>): Promise<OpenBulkError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OpenBulkError);
  return error as OpenBulkError;
}

const TASKS = '/v1/organizations/{organizationId}/bulk-tasks';
const demo = { path: { organizationId: 'demo' } };
const NOBODY = '00000000-0000-8000-8000-000000000000';
const LABELS = { body: { handler: 'LabelPrinter', request: { pages: 2 } } };

describe('a request', () => {
  test('is typed by the document, and gives the body of the answer', async () => {
    const page = await client().organizations.get(TASKS, { ...demo, query: { limit: 7, status: 'completed' } });
    expect(page.data.limit).toBe(7);
    expectTypeOf(page.data.items[0]?.report.numErrors).toEqualTypeOf<number | undefined>();
    // @ts-expect-error there is no such status
    const wrong = client().organizations.get(TASKS, { ...demo, query: { status: 'done' } });
    expect((await errorOf(wrong)).problems).toMatchObject([{ field: 'status' }]);
    // @ts-expect-error the organization is missing, and so it is asked for one named undefined
    expect((await errorOf(client().organizations.get(TASKS))).status).toBe(404);
    // @ts-expect-error a document has only its own paths
    expect((await errorOf(client().tasks.get('/v1/organizations'))).status).toBe(404);
  });

  test('may be asked for its whole answer, for the headers and a body that is streamed', async () => {
    const sample = '/v1/organizations/{organizationId}/devices/csv/sample';
    const response = await client().organizations.response('get', sample, demo);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await client().organizations.get(sample, demo)).toBe(await response.text());
  });

  test('goes with the headers of the client, and a token from a function, asked anew every time', async () => {
    const seen: Headers[] = [];
    const tokens = ['wrong', token];
    const spied = client({
      headers: { 'OpenBulk-Csrf': '1' },
      token: async () => tokens.shift() as string,
      fetch: (url, init) => {
        seen.push(init?.headers as Headers);
        return fetch(url, init);
      },
    });
    expect((await errorOf(spied.organizations.get(TASKS, demo))).code).toBe('unauthorized');
    await spied.organizations.get(TASKS, demo);
    expect(seen.map((headers) => headers.get('openbulk-csrf'))).toEqual(['1', '1']);
  });

  test('sends what is not JSON as it is, with the media type that the document names', async () => {
    const path = '/activityid/v1/user/bulk';
    const patched = await client().activityid.patch(path, { body: '{"object_id":"1"}\n', headers: {} });
    const again = await client().activityid.patch(path, { body: new Blob(['{"object_id":"1"}\n']) });
    expect([patched.content.status, again.content.status]).toEqual(['received', 'received']);
  });

  test('with client credentials fetches one token for many requests', async () => {
    const { clientId, clientSecret } = JSON.parse(await program.run('client', 'create', '--name', 'mine', '--json'));
    const openbulk = client({ token: clientCredentials({ url: relay.url, clientId, clientSecret }) });
    await Promise.all([openbulk.organizations.get(TASKS, demo), openbulk.organizations.get(TASKS, demo)]);
    await openbulk.organizations.get(TASKS, demo);
    expect(relay.requests.filter(({ line }) => line === 'POST /oauth2/token')).toHaveLength(1);
    const wrong = client({ token: clientCredentials({ url: relay.url, clientId, clientSecret: 'wrong' }) });
    expect(await errorOf(wrong.organizations.get(TASKS, demo))).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });
});

describe('an error', () => {
  test.each([
    ['organizations', (c: OpenBulk) => c.organizations.get(`${TASKS}/{bulkTaskId}`, ofNobody), 'Entity not found'],
    ['activityid', (c: OpenBulk) => c.activityid.get('/activityid/v1/user/bulk/{bulkId}', byBulkId), /^Not found/],
    ['actions', (c: OpenBulk) => c.actions.get('/api/actions/bulk/jobs/{id}', byId), 'Entity not found'],
    ['task-v2', (c: OpenBulk) => c.tasks.get('/v2/task/view/{id}', byId), 'Entity not found'],
  ])('of %s says what the dialect said, in one class', async (_dialect, ask, message) => {
    const missing = await errorOf(ask(client()));
    expect(missing).toMatchObject({ status: 404, code: 'not_found', problems: [], retryAfter: undefined });
    expect(missing.message).toMatch(message);
    expect(missing.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(missing.body).toBeTypeOf('object');
    const refused = await errorOf(ask(client({ token: 'wrong' })));
    expect(refused).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(relay.requests).toHaveLength(2);
  });
  const ofNobody = { path: { organizationId: 'demo', bulkTaskId: NOBODY } };
  const byBulkId = { path: { bulkId: NOBODY } };
  const byId = { path: { id: NOBODY } };

  test('names the members at fault, wherever the dialect has them', async () => {
    const openbulk = client();
    const action_type = 'explode';
    const actions = openbulk.actions.post('/api/actions/bulk/preview', { body: { criteria_json: '{', action_type } });
    expect((await errorOf(actions)).problems.map(({ field }) => field)).toContain('action_type');
    const tasks = await errorOf(openbulk.tasks.post('/v2/task/create', { body: { handler: '' } }));
    expect(tasks).toMatchObject({ status: 422, code: 'bad_request', problems: [{ field: 'handler' }] });
    expect(tasks.message).toBe(`handler ${tasks.problems[0]?.message}`);
    const limit = await errorOf(openbulk.organizations.get(TASKS, { ...demo, query: { limit: 0 } }));
    expect(limit.problems).toEqual([{ field: 'limit', message: expect.any(String) }]);
  });

  test('of something that is not OpenBulk says so', async () => {
    const page = await serve('text/html', '<!doctype html>');
    const error = await errorOf(client({ url: page.url }).organizations.get(TASKS, demo));
    expect(error).toMatchObject({ status: 200, code: 'unreadable' });
    page.server.close();
  });

  test('of an address that is none is thrown at once', () => {
    expect(() => client({ url: 'bulk.example' })).toThrow(TypeError);
  });
});

describe('when a connection breaks off', () => {
  test('what takes an Idempotency-Key is sent again with the same key, and makes one task', async () => {
    relay.cut = () => (relay.requests.length === 1 ? 'answer' : undefined);
    const made = await client().tasks.post('/v2/task/create', LABELS);
    expect(relay.requests).toHaveLength(2);
    const { data } = await client().organizations.get(TASKS, demo);
    const printed = data.items.filter(({ action }) => action === 'LabelPrinter');
    expect(printed).toHaveLength(1);
    const same = await client().tasks.get('/v2/task/view/{id}', { path: { id: printed[0]?.id as string } });
    expect(same.task_id).toBe(made.task_id);
  });

  test('what takes none is not', async () => {
    relay.cut = () => 'answer';
    const path = { path: { organizationId: 'demo', bulkTaskId: NOBODY } };
    const cancelled = await errorOf(client().organizations.post(`${TASKS}/{bulkTaskId}/cancel`, path));
    expect(cancelled).toMatchObject({ status: 0, code: 'unreachable' });
    expect(relay.requests).toHaveLength(1);
  });

  test('reading is tried as often as the client may', async () => {
    relay.cut = () => 'request';
    const error = await errorOf(client({ retries: 2 }).organizations.get(TASKS, demo));
    expect([error.code, relay.requests.length]).toEqual(['unreachable', 3]);
  });

  test('what does no harm twice is sent again where that is said', async () => {
    relay.cut = () => (relay.requests.length === 1 ? 'answer' : undefined);
    const path = { bulkTaskId: NOBODY, organizationId: 'demo' };
    const cancelled = client().organizations.post(`${TASKS}/{bulkTaskId}/cancel`, { path, idempotent: true });
    expect(await errorOf(cancelled)).toMatchObject({ code: 'not_found' });
    expect(relay.requests).toHaveLength(2);
  });

  test('the client waits as long in all as its patience lasts, and tells before every wait', async () => {
    relay.cut = () => 'request';
    const told: Retry[] = [];
    const onRetry = (retry: Retry) => void told.push(retry);
    const patient = client({ retries: Number.POSITIVE_INFINITY, patience: 3_600, onRetry });
    const started = performance.now();
    const error = await errorOf(patient.organizations.get(TASKS, demo));
    expect(error).toMatchObject({ code: 'unreachable', cause: { code: 'UND_ERR_SOCKET' } });
    // Each wait is twice as long as the one before, or half of that: three take 3,500 ms at most, four 3,750 at least.
    expect(told.map(({ failures }) => failures)).toEqual([1, 2, 3]);
    expect(told.every((retry) => retry.error.code === 'unreachable')).toBe(true);
    const waited = told.reduce((sum, { wait }) => sum + wait, 0);
    expect(waited).toBeLessThanOrEqual(3_600);
    expect(performance.now() - started).toBeGreaterThan(waited - 20);
  });

  test.each([
    ['a host that there is not', 'ENOTFOUND', 1],
    ['a connection that nobody takes', 'ECONNREFUSED', 3],
  ])('%s: %s is tried %d times', async (_what, code, times) => {
    const failing = vi.fn<typeof fetch>(() => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
    });
    const error = await errorOf(client({ fetch: failing, retries: 2 }).organizations.get(TASKS, demo));
    expect(error).toMatchObject({ code: 'unreachable', cause: { code } });
    expect(failing).toHaveBeenCalledTimes(times);
  });

  test('a signal ends the waiting, with its reason', async () => {
    relay.cut = () => 'request';
    const reason = new Error('enough');
    const stop = new AbortController();
    const asked = client({ retries: 50 }).organizations.get(TASKS, { ...demo, signal: stop.signal });
    setTimeout(() => stop.abort(reason), 300);
    await expect(asked).rejects.toBe(reason);
    await expect(client({ signal: stop.signal }).organizations.get(TASKS, demo)).rejects.toBe(reason);
  });
});

/** A server that is not ours. */
async function serve(type: string, text: string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': type }).end(text));
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
