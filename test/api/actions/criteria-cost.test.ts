import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ask, openServer, type TestServer } from '../server.ts';

/** What is too much work is refused wherever records or tasks are selected, in the dialect's own words. */
let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await openServer();
  token = await server.token(await server.organization('acme'));
});
afterAll(() => server.close());

const criteria = (patterns: number) => ({
  any: Array.from({ length: patterns }, (_, at) => ({ field: 'vendor', op: 'like', value: `%${at}%` })),
});
const json = (body: object): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const places: Record<string, { path(patterns: number): string; ask(patterns: number): Ask; status: number }> = {
  'a preview of an action': {
    path: () => '/api/actions/bulk/preview',
    ask: (patterns) => json({ criteria_json: criteria(patterns), action_type: 'allow' }),
    status: 400,
  },
  'an action': {
    path: () => '/api/actions/bulk/jobs',
    ask: (patterns) => json({ criteria_json: criteria(patterns), action_type: 'allow' }),
    status: 400,
  },
  'a list of records': {
    path: (patterns) =>
      `/v1/organizations/acme/devices?criteria=${encodeURIComponent(JSON.stringify(criteria(patterns)))}`,
    ask: () => ({}),
    status: 400,
  },
  'an export': {
    path: () => '/v2/task/create',
    ask: (patterns) =>
      json({
        handler: 'ExportHandler',
        request: { resource: 'devices', format: 'csv', criteria: criteria(patterns) },
      }),
    status: 422,
  },
  'a filter of tasks': {
    path: () => '/v2/task/index',
    ask: (patterns) =>
      json({ filter: { or: Array.from({ length: patterns }, (_, at) => ({ handler: { like: `%${at}%` } })) } }),
    status: 422,
  },
};

test.each(Object.entries(places))(
  '%s may have some patterns, and is refused with the limit where it has too many',
  async (_, place) => {
    const { path, ask, status } = place;
    const some = await server.ask(path(40), { token, ...ask(40) });
    expect([some.status, some.text]).toEqual([expect.toBeOneOf([200, 201]), expect.any(String)]);
    const many = await server.ask(path(60), { token, ...ask(60) });
    expect(many.status).toBe(status);
    expect(many.text).toMatch(/(the limit 500|at most 1000 conditions and values).*fewer/);
  },
);
