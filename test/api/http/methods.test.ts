import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDocuments } from '../documents/operations.ts';
import { askRaw, openServer, type TestServer } from '../server.ts';

const documents = await readDocuments();
const APP = 'https://app.example';

let server: TestServer;
let shared: TestServer;

beforeAll(async () => {
  server = await openServer();
  shared = await openServer({ origins: [APP, 'http://localhost:5173'] });
});
afterAll(async () => {
  await server.close();
  await shared.close();
});

/** Every path of the documents with the methods that it has. */
const paths = documents.flatMap(({ dialect, document }) =>
  Object.entries(document.paths).map(([path, methods]) => {
    const known = Object.keys(methods).map((method) => method.toUpperCase());
    return {
      dialect,
      path: path.replace(/\{\w+\}/g, 'acme'),
      known: known.includes('GET') ? ['HEAD', ...known] : known,
    };
  }),
);

const ENVELOPES: Readonly<Record<string, object>> = {
  organizations: { status: false, error: { code: 3000, message: expect.any(String) } },
  activityid: { result: { status: 405, message: expect.any(String) } },
  actions: { status: 405, title: 'Method Not Allowed', error: expect.any(String), requestId: expect.any(String) },
  'task-v2': { status: 405, name: 'Method Not Allowed', code: 0 },
};

describe('a method that a path does not have', () => {
  test.each(paths)('is 405 with Allow at $path', async ({ dialect, path, known }) => {
    // Some that Fastify knows, and one that it does not.
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].filter(
      (each) => !known.includes(each),
    );
    for (const method of others) {
      // A literal path may be taken for an id with another method: then that method is there.
      const answer = await server.ask(path, { method });
      if (answer.status === 401) continue;
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, [...known].sort().join(', ')]);
      expect(answer.json).toMatchObject(ENVELOPES[dialect] as object);
      expect(answer.headers.get('x-request-id')).toBeTruthy();
    }
  });

  test.each([
    ['/livez', 'GET, HEAD'],
    ['/openapi/actions.json', 'GET, HEAD'],
    ['/docs/page.css', 'GET, HEAD'],
    ['/', 'GET, HEAD'],
    ['/o/anything/below', 'GET, HEAD'],
    ['/.well-known/oauth-protected-resource', 'GET, HEAD'],
  ])('is 405 in problem+json outside every prefix: %s', async (path, allow) => {
    for (const method of ['POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const { status, headers, json } = await server.ask(path, { method });
      expect([method, status, headers.get('allow')]).toEqual([method, 405, allow]);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(json).toMatchObject({ title: 'Method Not Allowed', status: 405, instance: path });
    }
  });

  test('is 404 where nothing is, whatever the method', async () => {
    for (const method of METHODS.filter((each) => each !== 'CONNECT')) {
      const answer = await askRaw(
        server.port,
        `${method} /v2/task/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
      expect(answer).not.toMatch(/\r\nallow:/i);
    }
  });

  test("answers for another organization's path like for one that is not there", async () => {
    const token = await server.token(await server.organization('mine'));
    await server.organization('theirs');
    const told = async (organization: string) => {
      const { status, headers, text } = await server.ask(`/v1/organizations/${organization}/bulk-tasks`, {
        method: 'PUT',
        token,
      });
      return [status, headers.get('allow'), text];
    };
    expect(await told('theirs')).toEqual(await told('nobody'));
    expect((await told('theirs'))[0]).toBe(405);
  });

  test('is 405 with a slash at the end, in an absolute URL and behind a query string', async () => {
    for (const target of ['/v2/task/index/', 'http://x/v2/task/index', '/v2/task/index?page=1', '/v2/task/inde%78']) {
      const answer = await askRaw(server.port, `DELETE ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nallow: POST\r\n/i);
    }
  });
});

describe('pages of other origins', () => {
  const list = '/activityid/v1/user/bulk';
  const preflight = {
    origin: APP,
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'authorization',
  };
  const corsOf = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  test('call nothing where no origin is named', async () => {
    const asked = await server.ask(list, { method: 'OPTIONS', headers: preflight });
    expect([asked.status, asked.headers.get('allow'), corsOf(asked.headers)]).toEqual([405, 'GET, HEAD, PATCH', []]);
    const { headers } = await server.ask(list, { headers: { origin: APP } });
    expect([corsOf(headers), headers.get('vary')]).toEqual([[], 'Accept-Language, Accept-Encoding']);
  });

  test.each(paths)('of an origin that is named may ask for $path', async ({ path, known }) => {
    const { status, headers, text } = await shared.ask(path, { method: 'OPTIONS', headers: preflight });
    expect([status, text, headers.get('access-control-allow-origin')]).toEqual([204, '', APP]);
    expect(headers.get('access-control-allow-methods')).toBe([...known].sort().join(', '));
    expect(headers.get('access-control-allow-headers')).toMatch(/\bAuthorization\b.*\bIdempotency-Key\b/);
    expect([headers.has('access-control-allow-credentials'), headers.get('vary')]).toEqual([false, 'Origin']);
  });

  test('read answers and errors, with the headers that mean something, and never by a cookie', async () => {
    const token = await shared.token(await shared.organization('acme'));
    for (const [path, status, of] of [
      [list, 200, token],
      [list, 401, undefined],
      ['/api/actions/bulk/nothing', 404, token],
      ['/v2/task/index', 405, token],
      ['/v1/organizations/acme/bulk-tasks?x=1', 400, token],
    ] as const) {
      const asked = { headers: { origin: APP, cookie: 'openbulk=x' }, ...(of && { token: of }) };
      const { headers, ...answer } = await shared.ask(path, asked);
      expect([path, answer.status, headers.get('access-control-allow-origin')]).toEqual([path, status, APP]);
      expect(headers.has('access-control-allow-credentials')).toBe(false);
      expect(headers.get('vary')).toMatch(/\bOrigin\b/);
      for (const name of [
        'Location',
        'ETag',
        'Retry-After',
        'X-Pagination-Total-Count',
        'Link',
        'X-Request-Id',
        'WWW-Authenticate',
        'Content-Disposition',
      ]) {
        expect(headers.get('access-control-expose-headers')).toContain(name);
      }
    }
  });

  test('of an origin that is not named get no leave', async () => {
    for (const origin of ['https://evil.example', `${APP}.evil.example`, 'null', 'http://app.example', '*']) {
      const asked = await shared.ask(list, { method: 'OPTIONS', headers: { ...preflight, origin } });
      expect([origin, asked.status, corsOf(asked.headers)]).toEqual([origin, 405, []]);
      expect(asked.headers.get('vary')).toMatch(/\bOrigin\b/);
    }
  });

  test('call nothing but the dialects', async () => {
    for (const path of ['/livez', '/auth/session', '/openapi/actions.json', '/']) {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await shared.ask(path, { method, headers: preflight });
        expect([path, method, corsOf(headers)]).toEqual([path, method, []]);
      }
    }
  });

  test('are told where nothing is', async () => {
    const { status, headers } = await shared.ask('/v2/task/nothing', { method: 'OPTIONS', headers: preflight });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([404, APP]);
  });
});
