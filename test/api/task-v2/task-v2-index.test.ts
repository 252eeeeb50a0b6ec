import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TaskStatus } from '../../../src/task/lifecycle.ts';
import { type Answer, openServer, type TestServer } from '../server.ts';
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
  organizationId = await server.organization(`index-${count}`);
  token = await server.token(organizationId);
});

function send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  return ask({ server, token }, method, path, body, headers);
}

function put(status: TaskStatus, members?: Record<string, unknown>): Promise<string> {
  return putTask({ server, organizationId }, status, members);
}

const view = (id: string) => send('GET', `/view/${id}`);

describe('the index', () => {
  test('of nothing is page 1 of 0', async () => {
    const answer = await send('POST', '/index?page=7');
    expect([answer.status, answer.text]).toEqual([200, '[]']);
    const header = (name: string) => answer.headers.get(`x-pagination-${name}`);
    expect(['current-page', 'page-count', 'per-page', 'total-count'].map(header)).toEqual(['1', '0', '100', '0']);
    expect(answer.headers.get('link')).toBe(
      ['self', 'first', 'last'].map((rel) => `</v2/task/index?page=1&per-page=100>; rel="${rel}"`).join(', '),
    );
  });

  test('is in pages, newest first; a page clamps into the range, and links lead around', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift(await put('completed'));
    const pages = await Promise.all(
      [-3, '1', 2, 3, 4, '99999999999999999999'].map((page) => send('POST', '/index', { page, 'per-page': '2' })),
    );
    expect(pages.map(idsOf)).toEqual([
      ids.slice(0, 2),
      ids.slice(0, 2),
      ids.slice(2, 4),
      ids.slice(4),
      ids.slice(4),
      ids.slice(4),
    ]);
    expect(pages.map(({ headers }) => headers.get('x-pagination-current-page'))).toEqual([
      '1',
      '1',
      '2',
      '3',
      '3',
      '3',
    ]);
    expect(pages[2]?.headers.get('x-pagination-page-count')).toBe('3');
    expect(pages[2]?.headers.get('x-pagination-total-count')).toBe('5');
    const links = new Map(
      [...(pages[2]?.headers.get('link') ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, url, rel]) => [rel, url]),
    );
    expect([...links.keys()]).toEqual(['self', 'first', 'prev', 'next', 'last']);
    const next = await server.ask(links.get('next') as string, { method: 'POST', token });
    expect(idsOf(next)).toEqual(ids.slice(4));
  });

  test('takes from the query string what the body does not say', async () => {
    const first = await put('completed', { action: 'import-devices' });
    const second = await put('failed');
    const filter = encodeURIComponent(JSON.stringify({ status: ['completed', 'failed'] }));
    expect(idsOf(await send('POST', `/index?sort=created_at&filter=${filter}`))).toEqual([first, second]);
    expect(idsOf(await send('POST', `/index?sort=created_at&per-page=1`, { sort: '-created_at' }))).toEqual([second]);
    expect(idsOf(await send('POST', `/index?filter=${filter}`, { filter: { status: 'failed' } }))).toEqual([second]);
    expect(idsOf(await send('POST', '/index?filter=&page=&sort=', { filter: null, page: null }))).toHaveLength(2);
    expect((await send('POST', `/index?per-page=1&filter=${filter}`)).headers.get('link')).toContain(`filter=%7B`);
  });

  test('is sorted by every member, both ways; what has no value is least', async () => {
    const a = await put('running', {
      operation: 'external',
      action: 'B',
      user_id: 'b',
      entity_id: 'x',
      request: '1',
      started_at: new Date(),
    });
    const b = await put('pending', { operation: 'external', action: 'C', user_id: 'a', response: '2' });
    const c = await put('completed', {
      operation: 'external',
      action: 'A',
      user_id: 'c',
      entity_id: 'y',
      updated_at: '2020-01-01',
    });
    const orders: Record<string, string[]> = {
      task_id: [a, b, c],
      created_at: [a, b, c],
      handler: [c, a, b],
      user_id: [b, a, c],
      entity_id: [b, a, c],
      status: [c, a, b],
      request: [b, c, a],
      response: [a, c, b],
      updated_at: [c, a, b],
    };
    for (const [sort, ids] of Object.entries(orders)) {
      expect([sort, idsOf(await send('POST', '/index', { sort }))]).toEqual([sort, ids]);
      expect([sort, idsOf(await send('POST', '/index', { sort: `-${sort}` }))]).toEqual([sort, ids.toReversed()]);
    }
  });

  test('tells of what is past its retention only where history is asked for', async () => {
    const old = await put('completed', { historized_at: new Date() });
    const now = await put('completed');
    expect(idsOf(await send('POST', '/index', {}))).toEqual([now]);
    for (const body of [{ history: true }, { historized: true }, { history: '1' }, { history: 'true' }]) {
      expect(idsOf(await send('POST', '/index', body))).toEqual([now, old]);
    }
    expect(idsOf(await send('POST', '/index?historized=true', { history: false }))).toEqual([now]);
    expect((await view(old)).status).toBe(404);
    expect((await send('GET', `/view/${old}?history=true`)).json.task_id).toBe(old);
  });

  test.each([
    [{ sort: 'name' }, 'sort'],
    [{ sort: '--status' }, 'sort'],
    [{ sort: 5 }, 'sort'],
    [{ 'per-page': 0 }, 'per-page'],
    [{ 'per-page': 101 }, 'per-page'],
    [{ 'per-page': 'x' }, 'per-page'],
    [{ page: 1.5 }, 'page'],
    [{ page: 'x' }, 'page'],
    [{ history: 'perhaps' }, 'history'],
    [[], 'body'],
    [7, 'body'],
  ])('refuses %j', async (body, field) => {
    const answer = await send('POST', '/index', body);
    expect([answer.status, answer.json]).toEqual([422, [{ field, message: expect.any(String) }]]);
  });
});
