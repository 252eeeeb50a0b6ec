import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreFullError } from '../../../src/files/file-store.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { askRaw, form, openServer, type TestServer, THREE_ROWS } from '../server.ts';

const ORG = '/v1/organizations/acme';
const NOT_FOUND = '{"status":false,"error":{"code":3001,"message":"Entity not found"}}';
const SOME_ID = '0123456789abcdef01234567';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await openServer();
  token = await server.token(await server.organization('acme'));
});
afterAll(() => server.close());

describe('inside the prefix, every error has the envelope of the dialect', () => {
  test.each([
    ['an unknown route', 'GET', `${ORG}/nothing`],
    ['the bare prefix', 'GET', '/v1/organizations'],
    ['the bare prefix with a slash', 'GET', '/v1/organizations/'],
    ['an organization without a route', 'GET', ORG],
    ['a path with an escaped letter', 'GET', '/v1/organizati%6Fns/acme/nothing'],
    ['a task id that is none', 'GET', `${ORG}/bulk-tasks/xyz`],
    ['a task that is not there', 'GET', `${ORG}/bulk-tasks/${SOME_ID}`],
    ['a longer id than any', 'GET', `${ORG}/bulk-tasks/${'a'.repeat(5_000)}`],
    ['an organization that is not there', 'GET', '/v1/organizations/nobody/bulk-tasks'],
    ['an organization whose name is none', 'GET', '/v1/organizations/a_b/bulk-tasks'],
    ['an organization of two letters', 'GET', '/v1/organizations/ab/bulk-tasks'],
    ['an organization with SQL in it', 'GET', `/v1/organizations/${encodeURIComponent("x' or 1=1--")}/bulk-tasks`],
    ['an organization with a null byte', 'GET', '/v1/organizations/acme%00/bulk-tasks'],
  ])('%s is 404/3001', async (_what, method, path) => {
    const answer = await server.ask(path, { method, token });
    expect([answer.status, answer.text]).toEqual([404, NOT_FOUND]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('x-request-id')).toBeTruthy();
  });

  test('a POST of a form to a route that is not there is 404/3001, whatever its body', async () => {
    for (const type of ['multipart/form-data; boundary=x', 'text/xml', 'application/json']) {
      const answer = await server.ask(`${ORG}/nothing`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: 'x',
      });
      expect([type, answer.status, answer.text]).toEqual([type, 404, NOT_FOUND]);
    }
  });

  test('a URL that is not encoded as it must be is 400/3000, with a request id', async () => {
    const answer = await server.ask('/v1/organizations/%zz/bulk-tasks', { token, headers: { 'x-request-id': 'mine' } });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ status: false, error: { code: 3000, data: [{ field: 'url' }] } });
    expect(answer.headers.get('x-request-id')).toBe('mine');
  });

  test('an absolute URL in the request line has its path looked at', async () => {
    const answer = await askRaw(
      server.port,
      'GET http://x/v1/organizations/acme/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toContain(NOT_FOUND);
  });

  test('a body that is not JSON, or is too deep a trick, is 400/3000', async () => {
    for (const body of ['{"a":', 'null,', '{"__proto__":{"x":1}}', `{"constructor":{"prototype":{"x":1}}}`]) {
      const answer = await server.ask(`${ORG}/bulk-tasks/${SOME_ID}/cancel`, {
        method: 'POST',
        token,
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect([body, answer.status, answer.json.error?.code]).toEqual([body, 400, 3000]);
    }
  });

  test('10,000 levels of JSON are read and come to nothing', async () => {
    const body = '['.repeat(10_000) + ']'.repeat(10_000);
    const headers = { 'content-type': 'application/json' };
    const answer = await server.ask(`${ORG}/bulk-tasks/${SOME_ID}/cancel`, { method: 'POST', token, headers, body });
    expect([answer.status, answer.text]).toEqual([404, NOT_FOUND]);
  });

  test('a body of a type that is not taken is 400/3000', async () => {
    const headers = { 'content-type': 'text/xml' };
    const answer = await server.ask(`${ORG}/bulk-tasks/${SOME_ID}/cancel`, {
      method: 'POST',
      token,
      headers,
      body: '<a/>',
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ status: false, error: { code: 3000, data: [{ field: 'Content-Type' }] } });
  });

  test('a JSON body over the limit is 413/3003', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify('x'.repeat(2_000_000));
    const answer = await server.ask(`${ORG}/bulk-tasks/${SOME_ID}/cancel`, { method: 'POST', token, headers, body });
    expect([answer.status, answer.json.error?.code]).toEqual([413, 3003]);
  });

  test('an empty body that is called JSON is no body', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await server.ask(`${ORG}/bulk-tasks/${SOME_ID}/cancel`, {
      method: 'POST',
      token,
      headers,
      body: '',
    });
    expect([answer.status, answer.text]).toEqual([404, NOT_FOUND]);
  });

  test.each([
    '__proto__=1',
    '__proto__[x]=1',
    'constructor=1',
    '=',
    '&&&',
    '%E0%A4%A',
    'a=%zz',
    'x[]=1&x[]=2',
    '?',
    'toString=1',
  ])('the query string ?%s does no harm', async (query) => {
    const answer = await server.ask(`${ORG}/bulk-tasks?${query}`, { token });
    // It names a parameter that there is not, if any.
    expect([query, answer.status]).toEqual([query, /[^=&]/.test(query) ? 400 : 200]);
  });
});

describe('outside every prefix, an error is problem+json', () => {
  test('an unknown route', async () => {
    for (const path of ['/nothing', '/v1', '/v1/organization', '/v1/organizationsX', '/V1/Organizations/acme']) {
      const answer = await server.ask(path);
      expect(answer.json).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'Not found.',
        instance: path,
      });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  test('a URL that is not encoded as it must be', async () => {
    const answer = await server.ask('/%zz');
    expect([answer.status, answer.json.title]).toEqual([400, 'Bad Request']);
  });

  test('headers that are too large, and what is no HTTP', async () => {
    const large = await askRaw(
      server.port,
      `GET ${ORG}/bulk-tasks HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    );
    expect(large).toMatch(/^HTTP\/1\.1 431 .*"code":3000/s);
    expect(large).toMatch(/x-request-id: [\w-]{36}\r\n/);
    const none = await askRaw(server.port, 'HELLO\r\n\r\n');
    expect(none).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json.*"status":400/s);
  });
});

describe('the request id', () => {
  test('is the given one where it is fit to be printed, on success and on errors, and is logged', async () => {
    for (const path of ['/livez', '/nothing', `${ORG}/bulk-tasks`, `${ORG}/nothing`, '/oauth2/nothing']) {
      const id = `test:${path.length}.a-b_c`;
      expect((await server.ask(path, { headers: { 'x-request-id': id } })).headers.get('x-request-id')).toBe(id);
    }
    const logged = server.logged.filter((line) => line.requestId === `test:${'/nothing'.length}.a-b_c`);
    expect(logged.length).toBeGreaterThan(0);
  });

  test('is a new one where the given one is too long, empty or odd', async () => {
    for (const id of ['x'.repeat(129), '', 'a b', 'ü', 'a"b', '<script>']) {
      const { headers } = await server.ask('/livez', {
        headers: { 'x-request-id': Buffer.from(id).toString('latin1') },
      });
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    }
  });
});

describe('when the server is at fault', () => {
  test('a database that is gone is 503/5003 with Retry-After', async () => {
    const pool = openPool({ url: 'postgres://127.0.0.1:1/none', applicationName: 'test', max: 1 });
    const broken = await openServer({ pool });
    try {
      const mine = await broken.token(await broken.organization('acme'));
      const answer = await broken.ask(`${ORG}/bulk-tasks`, { token: mine });
      expect([answer.status, answer.json.error?.code]).toEqual([503, 5003]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await broken.ask('/readyz')).status).toBe(503);
      expect((await broken.ask('/livez')).status).toBe(200);
      const metrics = await broken.app.metrics.metrics();
      expect(metrics).toContain('process_resident_memory_bytes');
      expect(metrics).toContain('openbulk_database_up 0');
      // What is not known is not said to be 0.
      expect(metrics).not.toMatch(/^openbulk_(?:tasks|queue_\w+)[ {]/m);
    } finally {
      await broken.close();
      await pool.end();
    }
  });

  test('a file store without room is 507/5007, and says so', async () => {
    const put = () => Promise.reject(new StoreFullError('full'));
    const broken = await openServer({ files: { ...server.files, put } });
    try {
      const mine = await broken.token(await broken.organization('full'));
      const body = form({ action: 'import-inventory-items' }, THREE_ROWS);
      const answer = await broken.ask('/v1/organizations/full/bulk-tasks', { method: 'POST', token: mine, body });
      expect([answer.status, answer.json.error?.code]).toEqual([507, 5007]);
      expect(answer.json.error?.message).toMatch(/no space/);
      expect(answer.headers.get('retry-after')).toBe('60');
    } finally {
      await broken.close();
    }
  });

  test('an issuer that cannot be reached is 503/5003, not 401', async () => {
    const { TokenError } = await import('../../../src/auth/tokens/token-error.ts');
    const verify = () => Promise.reject(new TokenError('unavailable', 'not now'));
    const broken = await openServer({ verifier: { verify } });
    try {
      const answer = await broken.ask(`${ORG}/bulk-tasks`, { token: 'abc' });
      expect([answer.status, answer.json.error?.code]).toEqual([503, 5003]);
      expect(answer.headers.get('retry-after')).toBeTruthy();
    } finally {
      await broken.close();
    }
  });

  test('a bug is 500/5000 that tells nothing, and is logged with the request id', async () => {
    const secret = 'select password from users -- secret';
    const broken = await openServer({ verifier: { verify: () => Promise.reject(new TypeError(secret)) } });
    try {
      const answer = await broken.ask(`${ORG}/bulk-tasks`, { token: 'abc', headers: { 'x-request-id': 'bug-1' } });
      expect(answer.status).toBe(500);
      expect(answer.json).toEqual({
        status: false,
        error: { code: 5000, message: 'The server could not process this request.' },
      });
      const logged = broken.logged.find((line) => line.requestId === 'bug-1' && Number(line.level) >= 50);
      expect(JSON.stringify(logged)).toContain(secret);
    } finally {
      await broken.close();
    }
  });
});

describe('what breaks the rules of HTTP is told in the envelope of its path:', () => {
  const prefixes: [path: string, envelope: RegExp][] = [
    [`${ORG}/bulk-tasks`, /"status":false,"error":\{"code":3000/],
    ['/activityid/v1/user/bulk', /\{"result":\{"status":4/],
    ['/api/actions/bulk/jobs', /"requestId":"/],
    ['/v2/task', /"code":0,"status":4/],
    ['/nothing', /"type":"about:blank"/],
  ];

  test.each(prefixes)('%s', async (path, envelope) => {
    const requests: [status: number, request: string][] = [
      [400, `BREW ${path} HTTP/1.1\r\nHost: x\r\n\r\n`],
      [400, `GET ${path} HTTP/1.1\r\nno colon\r\n\r\n`],
      [400, `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`],
      [431, `GET ${path} HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`],
    ];
    for (const [status, request] of requests) {
      const answer = await askRaw(server.port, request);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(envelope);
    }
  });

  test('a chunk without a length, in the middle of a body', async () => {
    const head = `POST ${ORG}/bulk-tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
    const body =
      'Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n--x\r\nzz\r\n';
    const answer = await askRaw(server.port, head + body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*"code":3000/s);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('an expectation that nobody knows is none', async () => {
    const request = `GET /livez HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n`;
    expect(await askRaw(server.port, request)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
