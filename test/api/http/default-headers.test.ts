import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSignInServer } from '../../support/sign-in/sign-in.ts';
import { type Answer, askRaw, type TestServer } from '../server.ts';

/** What every answer says of itself, whoever made it. */
let plain: TestServer;
let secure: TestServer;

beforeAll(async () => {
  plain = await openSignInServer();
  secure = await openSignInServer({ publicUrl: 'https://bulk.example' });
});
afterAll(async () => {
  await plain.close();
  await secure.close();
});

const PATHS = [
  '/livez',
  '/nothing',
  '/docs',
  '/openapi',
  '/auth/failed',
  '/auth/password?link=x',
  '/oauth2/jwks',
  '/oauth2/nothing',
  '/.well-known/oauth-protected-resource',
  '/v1/organizations/acme/bulk-tasks',
  '/activityid/v1/user/bulk',
  '/api/actions/bulk/jobs',
  '/v2/task/view/x',
  '/%zz',
];

const told = ({ headers }: Answer, name: string) => headers.get(name);

test('where the server is reached by https, every answer keeps browsers there, for a year', async () => {
  for (const path of PATHS) {
    const answers = [await secure.ask(path), await plain.ask(path)];
    expect([path, ...answers.map((answer) => told(answer, 'strict-transport-security'))]).toEqual([
      path,
      'max-age=31536000',
      null,
    ]);
  }
  expect(await askRaw(secure.port, 'NONSENSE\r\n\r\n')).toContain('strict-transport-security: max-age=31536000');
  expect(await askRaw(plain.port, 'NONSENSE\r\n\r\n')).not.toContain('strict-transport-security');
});

test('no answer is taken for what it is not, framed, or the source of a referrer with a query', async () => {
  for (const path of PATHS) {
    const answer = await plain.ask(path);
    expect([path, told(answer, 'x-content-type-options')]).toEqual([path, 'nosniff']);
    expect([path, told(answer, 'content-security-policy')]).toEqual([
      path,
      expect.stringMatching(/^default-src 'none'/),
    ]);
    expect([path, told(answer, 'content-security-policy')]).toEqual([
      path,
      expect.stringContaining("frame-ancestors 'none'"),
    ]);
    expect([path, told(answer, 'referrer-policy')]).toEqual([path, expect.toBeOneOf(['no-referrer', 'strict-origin'])]);
  }
});
