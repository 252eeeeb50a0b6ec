import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSignInServer } from '../../support/sign-in/sign-in.ts';
import type { TestServer } from '../server.ts';

/** Paths that no client means, as they stand on the wire: `fetch` would tidy them. */
let server: TestServer;

beforeAll(async () => {
  server = await openSignInServer();
});
afterAll(() => server.close());

const PREFIXES = [
  '',
  '/assets',
  '/o',
  '/o/demo',
  '/docs',
  '/openapi',
  '/auth',
  '/auth/password',
  '/oauth2',
  '/oauth2/interaction',
  '/.well-known',
  '/livez',
  '/v1/organizations',
  '/v1/organizations/acme/bulk-tasks',
  '/activityid/v1/user/bulk',
  '/api/actions/bulk',
  '/api/actions/bulk/jobs',
  '/v2/task',
  '/v2/task/view',
  '/v2/task/download',
];

const ODD = [
  '/../x',
  '/..',
  '/../../../../etc/passwd',
  '/.',
  '/./x',
  '/%2e%2e/x',
  '/%2e%2e%2fx',
  '/..%2fx',
  '/..%5cx',
  '/..\\x',
  '/%5c..%5cx',
  '/.%00./x',
  '/%00',
  '/x%00.js',
  '/%',
  '/%zz',
  '/%c0%ae%c0%ae/x',
  '/%ff',
  '/%ed%a0%80',
  '//',
  '//x',
  '//evil.example/x',
  '/x//y',
  '/;x=1',
  '/x;/../y',
  '/*',
  '/**',
  '/:id',
  '/{id}',
  '/__proto__',
  '/constructor',
  '/x?',
  '/x??a=b',
  '/x?a[]=1&a[b]=2',
  '/x?%',
  '/x?%00=%00',
  '/x?__proto__[x]=1',
  '/x#y',
  `/${'a'.repeat(8_000)}`,
  `/${'%41'.repeat(2_500)}`,
  '/a'.repeat(4_000),
  `/${'../'.repeat(2_000)}`,
  '/.git/config',
  '/index.html.gz',
  '/CON',
  '/a:b',
  '/😀',
];

interface Given {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Asks for a target as it is written, and closes. @param header a line more */
function ask(target: string, method = 'GET', header = 'X-Nothing: 1'): Promise<Given> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`),
    );
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head: head.toLowerCase(), body: rest.join('') });
    });
    socket.on('error', reject);
  });
}

const FOUND = [200, 301, 302, 303, 307, 308];
const REFUSED = [400, 401, 404, 405, 410, 414, 431];

describe.each(PREFIXES)('an odd path below %s', (prefix) => {
  test.each(['GET', 'POST'])('asked with %s is answered, and never with a fault of ours', async (method) => {
    for (const odd of ODD) {
      const target = `${prefix}${odd}`;
      const { status, head, body } = await ask(target, method);
      const named = `${method} ${target.slice(0, 60)}`;
      // A console that is not built is told of so, at all of its addresses.
      if (status === 503) expect([named, body]).toEqual([named, expect.stringContaining('The console is not built')]);
      else expect([named, status]).toEqual([named, expect.toBeOneOf([...FOUND, ...REFUSED, 415])]);
      expect([named, head]).toEqual([named, expect.stringContaining('\r\nx-content-type-options: nosniff')]);
      // Nothing on this machine, and nobody elsewhere.
      expect([named, body]).not.toEqual([named, expect.stringContaining('root:')]);
      expect([named, head]).not.toEqual([
        named,
        expect.stringMatching(/\r\nlocation: (?:https?:)?\/\/(?!127\.0\.0\.1|localhost)/),
      ]);
    }
  });
});

test('a path that leads out of the console and is not there is 404, as what is not there is', async () => {
  for (const path of [
    '/assets/../x',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/index.html',
    '/assets/none.js',
  ]) {
    const { status, head } = await ask(path);
    expect([path, status]).toEqual([path, 404]);
    expect(head).toContain('content-type: application/problem+json');
  }
});

test('a file of the console that is asked for in part, or on a condition, is no fault of ours', async () => {
  const page = await ask('/');
  const file = /"(\/assets\/[^"]+\.js)"/.exec(page.body)?.[1];
  if (file === undefined) return expect(page.status).toBe(503);
  for (const header of ['Range: bytes=99999999-', 'Range: bytes=0-1', 'Range: x', 'Range: bytes=5-1']) {
    expect([header, (await ask(file, 'HEAD', header)).status]).toEqual([header, 200]);
  }
  expect((await ask(file, 'HEAD', 'If-Match: "another"')).status).toBe(412);
  expect((await ask(file, 'HEAD', 'If-None-Match: *')).status).toBe(304);
});
