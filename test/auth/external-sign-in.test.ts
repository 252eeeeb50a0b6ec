import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { externalSignIn } from '../../src/auth/sessions/sign-in-issuer.ts';
import { externalVerifier } from '../../src/auth/tokens/verifiers/external-verifier.ts';
import type { Verifier } from '../../src/auth/tokens/verify-token.ts';
import { openServer, type TestServer } from '../api/server.ts';
import { Browser, type Seen } from '../support/sign-in/browser.ts';
import { AUDIENCE, METADATA, openTestIssuer, type TestIssuer } from '../support/sign-in/issuer.ts';
import { SIGN_IN } from '../support/sign-in/sign-in.ts';

const AUTHORIZE = '/realms/x/authorize';
const TOKEN = '/realms/x/token';
const LOGOUT = '/realms/x/logout?from=here';
const CLIENT = { clientId: 'console: bulk', clientSecret: 's&c=ü%' };
const LIST = '/v1/organizations/acme/bulk-tasks';

let issuer: TestIssuer;
let server: TestServer;
/** What the token endpoint was asked, and with what header. */
let grants: { form: Record<string, string>; authorization: string | undefined }[];
/** What the next ID token says instead. */
let change: object;
let browser: Browser;

beforeEach(async () => {
  issuer = await openTestIssuer();
  const { origin } = new URL(issuer.url);
  issuer.replies.set(METADATA, {
    body: {
      issuer: issuer.url,
      jwks_uri: `${origin}/realms/x/jwks`,
      authorization_endpoint: origin + AUTHORIZE,
      token_endpoint: origin + TOKEN,
      end_session_endpoint: origin + LOGOUT,
    },
  });
  grants = [];
  change = {};
  issuer.replies.set(TOKEN, answerGrant);
  server = await serve();
  browser = new Browser(server.url);
});
afterEach(async () => {
  await server.close();
  await issuer.stop().catch(() => {});
});

async function serve(client: { clientId: string; clientSecret?: string } = CLIENT): Promise<TestServer> {
  let verifier: Verifier | undefined;
  const made = await openServer({
    issuerUrl: issuer.url,
    resourceUrl: AUDIENCE,
    // It needs the server's pool, which is not there yet.
    verifier: { verify: async (token) => (verifier as Verifier).verify(token) },
    signIn: {
      ...SIGN_IN,
      issuer: externalSignIn({ ...client, issuer: issuer.url, audience: AUDIENCE, scope: 'openid offline_access' }),
    },
  });
  verifier = externalVerifier({ pool: made.pool, issuer: issuer.url, audience: AUDIENCE });
  await made.organization('acme');
  return made;
}

let challenge = '';
let nonce = '';
let refreshToken = '';

/** As RFC 6749 §4.1.3 and §6, with a new refresh token for each access token, the old one being worth nothing from then on. */
function answerGrant(form: URLSearchParams, request: IncomingMessage) {
  grants.push({ form: Object.fromEntries(form), authorization: request.headers.authorization });
  const verifier = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  const good =
    form.get('grant_type') === 'refresh_token'
      ? form.get('refresh_token') === refreshToken
      : form.get('code') === 'the-code' && verifier === challenge;
  if (!good) return { status: 400, body: { error: 'invalid_grant' } };
  refreshToken = `refresh-${grants.length}`;
  const now = Math.floor(Date.now() / 1000);
  const claims = { aud: CLIENT.clientId, nonce, name: 'Alice', email: 'alice@example.com', iat: now, ...change };
  return {
    body: {
      access_token: issuer.token({ claims: { jti: String(grants.length) } }),
      token_type: 'bearer',
      expires_in: 600,
      refresh_token: refreshToken,
      id_token: issuer.token({ header: { typ: 'JWT' }, claims }),
    },
  };
}

/** Goes to the issuer and comes back from it. */
async function signIn(): Promise<Seen> {
  const begun = await browser.ask('/auth/sign-in?return=/console');
  const there = new URL(begun.headers.get('location') ?? '');
  challenge = there.searchParams.get('code_challenge') ?? '';
  nonce = there.searchParams.get('nonce') ?? '';
  const state = there.searchParams.get('state') ?? '';
  return browser.ask(`/auth/callback?${new URLSearchParams({ state, code: 'the-code' })}`);
}

const expire = () => server.pool.query('update sessions set access_expires_at = now()');

test('people sign in there, as the client that was set, by code with PKCE', async () => {
  expect(await signIn()).toMatchObject({ status: 303 });
  const there = new URL(browser.seen[0]?.headers.get('location') ?? '');
  expect([there.origin, there.pathname]).toEqual([new URL(issuer.url).origin, AUTHORIZE]);
  expect(Object.fromEntries(there.searchParams)).toEqual({
    response_type: 'code',
    client_id: CLIENT.clientId,
    redirect_uri: `${server.url}/auth/callback`,
    scope: 'openid offline_access',
    audience: AUDIENCE,
    state: expect.any(String),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
  expect(grants).toEqual([
    {
      form: {
        grant_type: 'authorization_code',
        code: 'the-code',
        redirect_uri: `${server.url}/auth/callback`,
        code_verifier: expect.stringMatching(/^[\w-]{43}$/),
      },
      authorization: `Basic ${Buffer.from('console%3A+bulk:s%26c%3D%C3%BC%25').toString('base64')}`,
    },
  ]);
  const session = JSON.parse((await browser.ask('/auth/session')).text);
  expect(session).toMatchObject({ name: 'Alice', email: 'alice@example.com', organizations: [{ slug: 'acme' }] });
  expect((await browser.ask(LIST)).status).toBe(200);
});

test('a public client says who it is in the form', async () => {
  await server.close();
  server = await serve({ clientId: CLIENT.clientId });
  browser = new Browser(server.url);
  expect((await signIn()).status).toBe(303);
  expect(grants).toMatchObject([{ form: { client_id: CLIENT.clientId }, authorization: undefined }]);
});

test('what this browser has not asked for never gets to the issuer', async () => {
  await signIn();
  const other = new Browser(server.url);
  await other.ask('/auth/sign-in');
  const state = browser.seen[0]?.headers.get('location')?.replace(/.*[?&]state=([^&]*).*/, '$1');
  const answer = await other.ask(`/auth/callback?code=the-code&state=${state}`);
  expect([answer.status, grants.length]).toEqual([400, 1]);
});

test.each([
  ['for another sign-in', { nonce: 'another' }],
  ['without nonce', { nonce: undefined }],
  ['for another client', { aud: 'another' }],
  ['also for another client, not saying which was meant', { aud: [CLIENT.clientId, 'another'] }],
  ['given to another client', { azp: 'another' }],
  ['of another issuer', { iss: 'https://evil.example' }],
  ['that is too old', { exp: 1 }],
])('an ID token %s signs nobody in', async (_name, claims) => {
  change = claims;
  const answer = await signIn();
  expect([answer.status, browser.cookie('openbulk')]).toEqual([400, undefined]);
  expect((await server.pool.query('select from sessions')).rowCount).toBe(0);
});

test('an access token that is not for this server signs nobody in, and the log says why', async () => {
  const { token } = issuer;
  issuer.token = (given) =>
    token({ ...given, claims: { ...given?.claims, aud: given?.header ? CLIENT.clientId : 'else' } });
  expect((await signIn()).status).toBe(400);
  expect(JSON.stringify(server.logged)).toContain('a sign-in could not be completed');
});

describe('a token that has expired', () => {
  test('is refreshed once, however many requests come at the same time, by however many processes', async () => {
    await signIn();
    const second = await openServer({
      pool: server.pool,
      issuerUrl: issuer.url,
      resourceUrl: AUDIENCE,
      verifier: externalVerifier({ pool: server.pool, issuer: issuer.url, audience: AUDIENCE }),
      signIn: {
        ...SIGN_IN,
        issuer: externalSignIn({ ...CLIENT, issuer: issuer.url, audience: AUDIENCE, scope: 'openid' }),
      },
    });
    // The same browser: cookies know no ports.
    const other = new Browser(second.url);
    for (const [key, cookie] of browser.cookies) other.cookies.set(key, cookie);
    try {
      for (let round = 1; round <= 3; round += 1) {
        await expire();
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? browser : other).ask(LIST)),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
        expect(grants).toHaveLength(1 + round);
      }
    } finally {
      await second.close();
    }
  });

  test('and cannot be refreshed any more ends the session', async () => {
    await signIn();
    await expire();
    refreshToken = 'another';
    expect((await browser.ask(LIST)).status).toBe(401);
    expect((await server.pool.query('select from sessions')).rowCount).toBe(0);
  });

  test('while the issuer is away is nobody’s fault, and good again when that is back', async () => {
    await signIn();
    await server.pool.query(`update sessions set access_expires_at = now() + interval '20 seconds'`);
    await issuer.stop();
    expect((await browser.ask(LIST)).status).toBe(200);
    await expire();
    await server.pool.query('update sessions set refreshing_until = null');
    const away = await browser.ask(LIST);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5']);
    await issuer.start();
    await server.pool.query('update sessions set refreshing_until = null');
    await expect.poll(async () => (await browser.ask(LIST)).status, { timeout: 10_000, interval: 300 }).toBe(200);
  });

  test('of an issuer that gives none to refresh it ends the session', async () => {
    const whole = answerGrant;
    issuer.replies.set(TOKEN, (form, request) => {
      const answer = whole(form, request);
      return { ...answer, body: { ...answer.body, refresh_token: undefined } };
    });
    await signIn();
    expect((await browser.ask(LIST)).status).toBe(200);
    await expire();
    expect((await browser.ask(LIST)).status).toBe(401);
  });
});

test('signing out here leads to signing out there, and takes no token along', async () => {
  await signIn();
  const out = await browser.api('/auth/sign-out', { method: 'POST' });
  const next = new URL(JSON.parse(out.text).next);
  expect(next.origin + next.pathname).toBe(new URL(LOGOUT, issuer.url).href.split('?')[0]);
  expect(Object.fromEntries(next.searchParams)).toEqual({
    from: 'here',
    client_id: CLIENT.clientId,
    post_logout_redirect_uri: `${server.url}/`,
  });
  expect((await browser.ask(LIST)).status).toBe(401);
  for (const { text, headers } of browser.seen)
    expect(text + JSON.stringify([...headers])).not.toMatch(/eyJ[\w-]+\.eyJ/);
});

test('while the issuer is away a page says so, and signing out works', async () => {
  await signIn();
  await issuer.stop();
  const out = await browser.api('/auth/sign-out', { method: 'POST' });
  expect(out.status).toBe(200);
  expect((await browser.ask(LIST)).status).toBe(401);
});

test('an issuer that was never there is told of by a page', async () => {
  await issuer.stop();
  const page = await browser.ask('/auth/sign-in');
  expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
  expect(page.text).toContain('cannot sign in at the moment');
});
