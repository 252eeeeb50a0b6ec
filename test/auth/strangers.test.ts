import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createClient } from '../../src/auth/clients/clients.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { openServer, type TestServer } from '../api/server.ts';
import { Browser } from '../support/sign-in/browser.ts';
import { makeFirstAccount, NAME, openLogin, openSignInServer, PASSWORD, SIGN_IN } from '../support/sign-in/sign-in.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openSignInServer();
  await makeFirstAccount(server);
});
afterAll(() => server.close());

/** What is in every table: rows, and for whom nobody has signed in. */
async function rows(): Promise<Record<string, number>> {
  const { rows: tables } = await server.pool.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows: counted } = await server.pool.query(`select count(*)::int as n from ${name}`);
    counts[name] = counted[0].n;
  }
  return counts;
}

/** The address to which the console sends a browser that is to sign in. */
async function authorization(returnTo = '/'): Promise<URL> {
  const seen = await new Browser(server.url).ask(`/auth/sign-in?return=${encodeURIComponent(returnTo)}`);
  return new URL(seen.headers.get('location') ?? '', server.url);
}

describe('a stranger', () => {
  test('leaves no row, whatever is asked for', async () => {
    const before = await rows();
    const place = await authorization();
    for (let i = 0; i < 20; i += 1) expect((await new Browser(server.url).ask(place)).status).toBe(303);
    const basic = { authorization: `Basic ${Buffer.from(`${'0'.repeat(24)}:x`).toString('base64')}` };
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [method, path, headers, body] of [
      ['GET', '/auth/sign-in', {}],
      ['GET', '/auth/callback?code=x&state=y', { cookie: `openbulk-sign-in=${'x'.repeat(43)}` }],
      ['GET', '/auth/password?link=x', {}],
      ['POST', '/auth/password?link=x', type, 'password=x'],
      ['POST', '/oauth2/token', { ...type, ...basic }, 'grant_type=client_credentials'],
      ['POST', '/oauth2/token', type, `grant_type=authorization_code&code=${'x'.repeat(43)}`],
      ['POST', '/oauth2/interaction/x', type, 'name=a&password=b'],
      ['GET', '/auth/session', { cookie: `openbulk=${'x'.repeat(43)}` }],
      ['GET', '/v1/organizations/acme/bulk-tasks', { authorization: 'Bearer x' }],
      ['POST', '/v2/task/create', { authorization: 'Bearer x', 'idempotency-key': 'k' }],
    ] as const) {
      const answer = await server.ask(path, { method, headers: { ...headers }, ...(body !== undefined && { body }) });
      expect([path, answer.status < 500]).toEqual([path, true]);
    }
    expect(await rows()).toEqual(before);
  });

  test.each([
    ['state', 'x'.repeat(28 * 1024), 1536],
    ['state', '\u20ac'.repeat(513), 1536],
    ['nonce', 'x'.repeat(257), 256],
    ['scope', 'x '.repeat(1025), 2048],
    ['redirect_uri', `http://127.0.0.1/${'x'.repeat(512)}`, 512],
    ['code_challenge', 'x'.repeat(257), 256],
    ['claims', 'x'.repeat(257), 256],
    ['login_hint', 'x'.repeat(257), 256],
    ['request', 'x'.repeat(257), 256],
    ['constructor', 'x'.repeat(257), 256],
  ])('is told that %s is too long', async (name, value, most) => {
    const place = await authorization();
    place.searchParams.set(name, value);
    const answer = await server.ask(place.pathname + place.search);
    expect([answer.status, answer.json]).toEqual([
      400,
      { error: 'invalid_request', error_description: `${name} must have at most ${most} bytes` },
    ]);
  });

  test('is told that there are too many parameters, and that a form is too large', async () => {
    const place = await authorization();
    for (let i = 0; i < 40; i += 1) place.searchParams.append('x', '1');
    expect((await server.ask(place.pathname + place.search)).json.error_description).toMatch('32 parameters');
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.ask('/oauth2/token', { method: 'POST', headers: type, body: 'x'.repeat(17_000) });
    expect([answer.status, answer.json.error]).toEqual([413, 'invalid_request']);
  });
});

describe('a sign-in that has begun', () => {
  test('is kept by the browser, with the longest path to return to', async () => {
    const browser = new Browser(server.url);
    const path = `/${Array.from({ length: 1023 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz0123456789'[(i * i * 7 + i) % 36]).join('')}`;
    const page = await openLogin(browser, path);
    const cookie = browser.cookie('openbulk-asked');
    expect(cookie?.path).toBe(page.url.pathname);
    expect(`openbulk-asked=${cookie?.value}; ${cookie?.attributes}`.length).toBeLessThan(4096);
    const last = await browser.submit(page, { name: NAME, password: PASSWORD }, path);
    expect(last.headers.get('location')).toBe(path);
  });

  test.each([
    ['changed', (value: string) => `${value.slice(0, 20)}${value[20] === 'A' ? 'B' : 'A'}${value.slice(21)}`],
    ['of another sign-in', () => other],
    ['gone', () => ''],
    ['without a mark', (value: string) => value.split('.')[0] ?? ''],
  ])('is not gone on with where what the browser keeps is %s', async (_how, change) => {
    const second = new Browser(server.url);
    await openLogin(second);
    other = second.cookie('openbulk-asked')?.value ?? '';
    const browser = new Browser(server.url);
    const page = await openLogin(browser);
    for (const [key, cookie] of browser.cookies) {
      if (cookie.name === 'openbulk-asked') browser.cookies.set(key, { ...cookie, value: change(cookie.value) });
    }
    expect((await browser.ask(page.url)).status).toBe(400);
    expect((await browser.submit(page, { name: NAME, password: PASSWORD })).status).toBe(400);
  });
  let other = '';

  test('is over after an hour', async () => {
    const browser = new Browser(server.url);
    const page = await openLogin(browser);
    expect(browser.cookie('openbulk-asked')?.attributes).toContain('Max-Age=3600');
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_590_000 });
      expect((await browser.ask(page.url)).status).toBe(200);
      vi.setSystemTime(Date.now() + 40_000);
      expect((await browser.ask(page.url)).status).toBe(400);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is in the database for as long as the browser takes to go on with it, and of its account', async () => {
    const browser = new Browser(server.url);
    const page = await openLogin(browser);
    await browser.submit(page, { name: NAME, password: PASSWORD }, '/oauth2/auth/');
    const found = await server.pool.query(
      `select account_id is not null as owned, expires_at < now() + interval '301 seconds' as soon
         from issuer_entries where model = 'Interaction'`,
    );
    expect(found.rows).toEqual([{ owned: true, soon: true }]);
    await server.pool.query(`delete from issuer_entries where model = 'Interaction'`);
  });
});

describe('requests from one address', () => {
  test('to what answers strangers are limited, on pages and at the issuer, and not those of who has a token', async () => {
    const limited = await openServer({ signIn: SIGN_IN, addressLimit: 3, proxies: ['loopback'] });
    const organizationId = await limited.organization('acme');
    const { clientId, clientSecret } = await createClient(
      { pool: limited.pool },
      { organizationId, name: 'mine', permissions: ALL_PERMISSIONS },
    );
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const token = (address: string, secret: string) =>
      limited.ask('/oauth2/token', {
        method: 'POST',
        headers: {
          ...from(address),
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
        },
        body: 'grant_type=client_credentials',
      });
    // Whoever gets a token is no stranger.
    for (let i = 0; i < 30; i += 1) expect((await token('10.0.0.1', clientSecret)).status).toBe(200);
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await token('10.0.0.1', 'wrong')).status);
    expect([statuses.slice(0, 3), statuses.at(-1)]).toEqual([[401, 401, 401], 429]);
    const refused = await token('10.0.0.1', 'wrong');
    expect(refused.headers.get('retry-after')).toMatch(/^1?\d$|^20$/);
    expect(refused.json.error).toBe('temporarily_unavailable');
    const page = await limited.ask('/auth/sign-in', { headers: from('10.0.0.1') });
    expect([page.status, page.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(page.text).toContain('Too many requests');
    expect((await limited.ask('/oauth2/auth?x', { headers: from('10.0.0.1') })).status).toBe(429);
    expect((await limited.ask('/auth/password?link=x', { headers: from('10.0.0.1') })).status).toBe(429);
    const bearer = await limited.token(organizationId);
    const list = { token: bearer, headers: from('10.0.0.1') };
    expect((await limited.ask('/v1/organizations/acme/bulk-tasks', list)).status).toBe(200);
    expect((await limited.ask('/auth/password?link=x', { headers: from('10.0.0.2') })).status).toBe(410);
    expect((await token('10.0.0.2', clientSecret)).status).toBe(200);
    await limited.close();
  });
});
