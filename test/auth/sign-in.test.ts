import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  findLink,
  inviteAccount,
  offerFirstAccount,
  resetAccount,
  useLink,
} from '../../src/auth/accounts/account-links.ts';
import { listAccounts, removeAccount } from '../../src/auth/accounts/accounts.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { toHex24 } from '../../src/task/ids.ts';
import type { TestServer } from '../api/server.ts';
import { createTestDatabase } from '../support/database.ts';
import { Browser, type Seen } from '../support/sign-in/browser.ts';
import {
  cheapen,
  makeFirstAccount,
  NAME,
  openLogin,
  openSignInServer,
  PASSWORD,
  setPassword,
  signIn,
} from '../support/sign-in/sign-in.ts';

let server: TestServer;
let acme: string;

beforeAll(async () => {
  server = await openSignInServer();
  acme = await server.organization('acme');
  await makeFirstAccount(server);
});
beforeEach(() => server.pool.query('delete from rate_limits'));
afterAll(() => server.close());

const LIST = '/v1/organizations/acme/bulk-tasks';

async function signedIn(): Promise<Browser> {
  const browser = new Browser(server.url);
  await signIn(browser);
  return browser;
}

/** Makes an account with a password, and signs it in. */
async function another(name: string, rights: Omit<Parameters<typeof inviteAccount>[1], 'name'> = {}): Promise<Browser> {
  const browser = new Browser(server.url);
  const token = await inviteAccount(server.pool, { name, ...rights });
  await setPassword(browser, `/auth/password?link=${token}`, name);
  await cheapen(server.pool, name);
  await signIn(browser, name);
  return browser;
}

/** Nothing that a script could read has a cookie's value, and nothing that a browser gets is a token. */
function expectNoLeak(browser: Browser): void {
  const cookies = browser.seen.flatMap(({ headers }) =>
    headers.getSetCookie().map((line) => line.slice(line.indexOf('=') + 1, line.indexOf(';'))),
  );
  const secrets = [...new Set(cookies)].filter((value) => value.length > 20);
  expect(secrets.length).toBeGreaterThan(1);
  for (const { url, text, headers } of browser.seen) {
    const told = secrets.filter((secret) => text.includes(secret));
    expect([url.pathname, told]).toEqual([url.pathname, []]);
    const all = text + JSON.stringify([...headers]);
    expect([url.pathname, /eyJ[\w-]+\.eyJ/.test(all)]).toEqual([url.pathname, false]);
  }
}

test('from sign-in over a refresh to the sign-out', async () => {
  const browser = new Browser(server.url);
  const nobody = await browser.ask('/auth/session');
  expect([nobody.status, nobody.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8']);
  await signIn(browser);
  expect(browser.cookie('openbulk')?.attributes).toBe('Path=/; Max-Age=604800; HttpOnly; SameSite=Lax');

  const session = await browser.ask('/auth/session');
  expect(JSON.parse(session.text)).toEqual({
    name: NAME,
    email: NAME,
    organizations: [{ id: toHex24(acme), slug: 'acme', name: 'acme' }],
    permissions: ALL_PERMISSIONS,
    expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  const list = await browser.ask(LIST);
  expect([list.status, list.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);

  const before = await tokensOf(browser);
  await server.pool.query('update sessions set access_expires_at = now()');
  expect((await browser.ask(LIST)).status).toBe(200);
  expect(await tokensOf(browser)).not.toEqual(before);

  const out = await browser.api('/auth/sign-out', { method: 'POST' });
  expect([out.status, JSON.parse(out.text)]).toEqual([200, { next: `${server.url}/` }]);
  expect(browser.cookie('openbulk')).toBeUndefined();
  expect((await browser.ask('/auth/session')).status).toBe(401);
  // Nobody is signed in at the issuer either: it asks again.
  await openLogin(browser);
  expectNoLeak(browser);
});

async function tokensOf(_browser: Browser): Promise<string[]> {
  const { rows } = await server.pool.query(`select encode(tokens, 'hex') as tokens from sessions`);
  return rows.map(({ tokens }) => tokens);
}

test('a session that was ended is over for whoever kept its cookie', async () => {
  const browser = await signedIn();
  const kept = { cookie: `openbulk=${browser.cookie('openbulk')?.value}` };
  expect((await new Browser(server.url).ask(LIST, { headers: kept })).status).toBe(200);
  await browser.api('/auth/sign-out', { method: 'POST' });
  expect((await new Browser(server.url).ask(LIST, { headers: kept })).status).toBe(401);
});

test.each([
  ['unused for too long', `seen_at = now() - interval '8 hours 1 second'`],
  ['too old', 'ends_at = now()'],
])('a session that is %s is over', async (_name, change) => {
  const browser = await signedIn();
  await server.pool.query(`update sessions set ${change}`);
  expect((await browser.ask(LIST)).status).toBe(401);
});

test('neither the id of a session nor its tokens can be had from the database', async () => {
  const browser = await signedIn();
  const { rows } = await server.pool.query(`select sessions::text || encode(tokens, 'escape') as text from sessions`);
  const entries = await server.pool.query('select issuer_entries::text as text from issuer_entries');
  const all = [...rows, ...entries.rows].map(({ text }) => text).join('\n');
  expect(all).not.toContain(browser.cookie('openbulk')?.value);
  // The beginning of a token; three letters alone are in encrypted bytes now and then.
  expect(all).not.toMatch(/eyJ[\w-]{10}/);
  const callback = browser.seen.find(({ url }) => url.pathname === '/auth/callback')?.url.searchParams.get('code');
  expect(callback).toMatch(/^[\w-]{43}$/);
  expect(all).not.toContain(callback);
});

describe('a request by cookie', () => {
  const CASES = [
    ['organizations', LIST, { status: false, error: { code: 4003, message: expect.any(String) } }],
    ['activityid', '/activityid/v1/user/bulk', { result: { status: 403, message: expect.stringContaining('cookie') } }],
    ['actions', '/api/actions/bulk/jobs', { status: 403, title: 'Forbidden' }],
    ['task-v2', '/v2/task/create', { name: 'Forbidden', status: 403, code: 0 }],
    ['sign-out', '/auth/sign-out', { status: 403, title: 'Forbidden' }],
  ] as const;
  const FORGED: Record<string, Record<string, string>> = {
    'without the header': {},
    'with another value of it': { 'openbulk-csrf': '0' },
    'of another site': { 'openbulk-csrf': '1', 'sec-fetch-site': 'cross-site' },
    'of the same site, but another origin': { 'openbulk-csrf': '1', 'sec-fetch-site': 'same-site' },
    'of another Origin': { 'openbulk-csrf': '1', origin: 'https://evil.example' },
    'of no Origin that can be told': { 'openbulk-csrf': '1', origin: 'null' },
  };

  test.each(CASES)('that may change something, in %s, must come from a page of ours', async (_name, path, envelope) => {
    const browser = await signedIn();
    const write = { method: path.startsWith('/activityid') ? 'PATCH' : 'POST' };
    for (const headers of Object.values(FORGED)) {
      const refused = await browser.ask(path, { ...write, headers });
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.text)).toMatchObject(envelope);
    }
    const json = { 'content-type': 'application/json' };
    const ours = { ...write, headers: { ...json, origin: server.url }, body: '{}' };
    expect((await browser.api(path, ours)).status).not.toBe(403);
  });

  test('is not looked at beside an Authorization header, whatever that holds', async () => {
    const browser = await signedIn();
    for (const [authorization, challenge] of [
      ['Basic eDp5', 'Bearer realm="openbulk"'],
      ['', 'Bearer realm="openbulk"'],
      [
        'Bearer nonsense',
        'Bearer realm="openbulk", error="invalid_token", error_description="The access token is invalid"',
      ],
    ] as const) {
      const answer = await browser.ask(LIST, { headers: { authorization } });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge]);
    }
    const bearer = { authorization: `Bearer ${await server.token(acme)}` };
    expect((await browser.ask('/auth/sign-out', { method: 'POST', headers: bearer })).status).toBe(403);
    const answer = await browser.ask(LIST, { method: 'POST', headers: bearer });
    // No page of ours, but no cookie by which it acts either.
    expect(answer.status).toBe(400);
    expect((await browser.ask(LIST, { headers: bearer })).headers.get('cache-control')).toBe('no-cache');
  });

  test('may work with the single resources that the account may', async () => {
    for (const permissions of [
      ['resource.customers.list'],
      ['base.bulk.management.list', 'resource.a.import'],
    ] as const) {
      const browser = await another(`of ${permissions[0]}`, { organizations: [acme], permissions });
      expect(JSON.parse((await browser.ask('/auth/session')).text).permissions).toEqual(permissions);
      const resources = await browser.ask('/v1/organizations/acme/resources');
      expect(resources.status).toBe(permissions.length === 1 ? 403 : 200);
    }
  });

  test('may do what the account may, and no more', async () => {
    await server.organization('other');
    const browser = await another('bob', { organizations: [acme], permissions: ['base.bulk.management.list'] });
    const session = JSON.parse((await browser.ask('/auth/session')).text);
    expect(session).toMatchObject({ name: 'bob', permissions: ['base.bulk.management.list'] });
    expect(session.email).toBeUndefined();
    expect(session.organizations.map(({ slug }: { slug: string }) => slug)).toEqual(['acme']);
    expect((await browser.ask(LIST)).status).toBe(200);
    expect((await browser.ask('/v1/organizations/other/bulk-tasks')).status).toBe(404);
    expect((await browser.api(LIST, { method: 'POST' })).status).toBe(403);
  });
});

describe('an address to return to', () => {
  test.each(['/a?b=c#d', '/a/../b', '/%2F%2Fevil.example'])('may be %s', async (path) => {
    const browser = new Browser(server.url);
    const page = await openLogin(browser, path);
    const callback = await browser.submit(page, { name: NAME, password: PASSWORD }, '/auth/callback');
    const last = await browser.ask(callback.headers.get('location') ?? '');
    const location = new URL(last.headers.get('location') ?? '', server.url);
    expect(location.href).toBe(new URL(path, server.url).href);
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    'javascript:alert(1)',
    'evil',
    `/${'x'.repeat(2000)}`,
  ])('that leads elsewhere is not taken: %j', async (path) => {
    const browser = new Browser(server.url);
    const page = await openLogin(browser, path);
    const callback = await browser.submit(page, { name: NAME, password: PASSWORD }, '/auth/callback');
    const last = await browser.ask(callback.headers.get('location') ?? '');
    expect([last.status, last.headers.get('location')]).toEqual([303, '/']);
  });
});

describe('what comes back from the issuer', () => {
  /** The address with the code, not asked for yet. */
  async function callbackOf(browser: Browser): Promise<URL> {
    const page = await openLogin(browser);
    const last = await browser.submit(page, { name: NAME, password: PASSWORD }, '/auth/callback');
    return new URL(last.headers.get('location') ?? '', server.url);
  }

  function expectRefused(seen: Seen): void {
    expect([seen.status, seen.headers.getSetCookie()]).toEqual([400, []]);
    expect(seen.text).toContain('could not be completed');
  }

  test('is of no use to another browser', async () => {
    const callback = await callbackOf(new Browser(server.url));
    const victim = new Browser(server.url);
    expectRefused(await victim.ask(callback));
    await openLogin(victim);
    expectRefused(await victim.ask(callback));
  });

  test.each([
    ['without state', (url: URL) => url.searchParams.delete('state')],
    ['with another path in its state', (url: URL) => url.searchParams.set('state', forged(url, 1))],
    ['with the number of another sign-in', (url: URL) => url.searchParams.set('state', forged(url, 0))],
    ['without code', (url: URL) => url.searchParams.delete('code')],
    ['with another code', (url: URL) => url.searchParams.set('code', 'x'.repeat(43))],
    ['of another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['with an error', (url: URL) => url.searchParams.set('error', 'access_denied') ?? url.searchParams.delete('code')],
    ['with two codes', (url: URL) => url.searchParams.append('code', 'another')],
  ])('%s signs nobody in', async (_name, change) => {
    const browser = new Browser(server.url);
    const callback = await callbackOf(browser);
    change(callback);
    expectRefused(await browser.ask(callback));
    expect(browser.cookie('openbulk')).toBeUndefined();
  });

  function forged(url: URL, part: number): string {
    const parts = (url.searchParams.get('state') ?? '').split('.');
    parts[part] = Buffer.from('/elsewhere').toString('base64url');
    return parts.join('.');
  }

  test('works once, however often it is sent at the same time; and again, it ends what came of it', async () => {
    const browser = new Browser(server.url);
    const callback = await callbackOf(browser);
    const count = async () => (await server.pool.query('select from sessions')).rowCount ?? 0;
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.ask(callback)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(400)]);
    expect(await count()).toBe(before + 1);
    expect((await browser.ask(callback)).status).toBe(400);
    await server.pool.query('update sessions set access_expires_at = now()');
    expect((await browser.ask(LIST)).status).toBe(401);
  });

  test('in one tab leaves the sign-in of another as it is', async () => {
    const browser = new Browser(server.url);
    const first = await callbackOf(browser);
    const second = await callbackOf(browser);
    expect((await browser.ask(first)).status).toBe(303);
    expect((await browser.ask(second)).status).toBe(303);
    const challenges = browser.seen
      .filter(({ url }) => url.pathname === '/oauth2/auth')
      .map(({ url }) => ['state', 'nonce', 'code_challenge'].map((name) => url.searchParams.get(name)));
    expect(new Set(challenges.flat()).size).toBe(6);
  });
});

test('a sign-in gives a new session, and ends the one that the browser had, or was made to have', async () => {
  const attacker = await signedIn();
  const planted = attacker.cookie('openbulk')?.value ?? '';
  const victim = new Browser(server.url);
  victim.cookies.set('openbulk /', { name: 'openbulk', value: planted, path: '/', attributes: '' });
  await signIn(victim);
  expect(victim.cookie('openbulk')?.value).not.toBe(planted);
  expect((await victim.ask(LIST)).status).toBe(200);
  expect((await attacker.ask(LIST)).status).toBe(401);
});

describe('accounts', () => {
  test('that are removed are signed out at once, and in the middle of a sign-in, too', async () => {
    const browser = await another('eve');
    const half = new Browser(server.url);
    const page = await openLogin(half);
    const last = await half.submit(page, { name: 'eve', password: PASSWORD }, '/auth/callback');
    expect((await browser.ask(LIST)).status).toBe(200);
    expect(await removeAccount(server.pool, 'EVE')).toBe(true);
    expect((await browser.ask(LIST)).status).toBe(401);
    expect((await half.ask(last.headers.get('location') ?? '')).status).toBe(400);
    const { rows } = await server.pool.query('select from issuer_entries where account_id is not null');
    expect(rows).toHaveLength(
      (await server.pool.query('select from issuer_entries e join accounts a on a.id = e.account_id')).rows.length,
    );
  });

  test('that get a new password are signed out everywhere', async () => {
    const browser = await another('carol');
    const token = await resetAccount(server.pool, 'carol');
    expect((await browser.ask(LIST)).status).toBe(200);
    const page = await browser.ask(`/auth/password?link=${token}`);
    expect(page.text).toContain('value="carol"');
    await browser.submit(page, { name: 'mallory', password: 'another long one' }, '/auth/sign-in');
    expect((await browser.ask(LIST)).status).toBe(401);
    await signIn(browser, 'Carol', 'another long one');
    expect((await listAccounts(server.pool)).map(({ name }) => name)).not.toContain('mallory');
  });
});

describe('guessing', () => {
  async function guess(name: string, password: string): Promise<Seen> {
    const browser = new Browser(server.url);
    return browser.submit(await openLogin(browser), { name, password }, '/oauth2/auth/');
  }
  /** The page as it is for everyone. */
  const told = ({ text }: Seen, name: string) => text.replaceAll(name, 'NAME');

  test('tells nothing of which names there are, and is limited for each alike', async () => {
    await inviteAccount(server.pool, { name: 'no password yet' });
    const names = [NAME, 'nobody@example.com', 'no password yet'];
    for (let i = 0; i < 2; i += 1) {
      const pages = await Promise.all(names.map((name) => guess(name, `wrong password ${i}`)));
      expect(pages.map(({ status }) => status)).toEqual([403, 403, 403]);
      expect(new Set(pages.map((page, at) => told(page, names[at] ?? ''))).size).toBe(1);
    }
    // Eight more of each.
    await server.pool.query(`update rate_limits set permits = permits - 8 where client like 'sign-in\tas %'`);
    const refused = await Promise.all(names.map((name) => guess(name, PASSWORD)));
    expect(refused.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect(new Set(refused.map((page, at) => told(page, names[at] ?? ''))).size).toBe(1);
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^[1-6]?\d$/);
    expect((await guess(NAME.toUpperCase(), PASSWORD)).status).toBe(429);
    // Others are not shut out.
    expect((await guess('somebody else', PASSWORD)).status).toBe(403);
  });

  test('is limited for an address, whatever names it tries', async () => {
    await server.pool.query(
      `insert into rate_limits (client, permits, granted, refilled_at) values ($1, 2, 1, now() + interval '1 minute')`,
      ['sign-in\tfrom 127.0.0.1'],
    );
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await guess(`name ${i}`, PASSWORD)).status);
    expect(statuses).toEqual([403, 403, 429]);
  });

  test('takes as long for a name that is not there', async () => {
    const took = async (name: string) => {
      const times = [];
      for (let i = 0; i < 4; i += 1) {
        const browser = new Browser(server.url);
        const page = await openLogin(browser);
        const started = performance.now();
        await browser.submit(page, { name, password: 'wrong' });
        times.push(performance.now() - started);
      }
      return Math.min(...times);
    };
    const [known, unknown] = [await took(NAME), await took('nobody')];
    expect(unknown).toBeGreaterThan(known / 2);
  });
});

describe('the link for an account', () => {
  test('works once for the first, under 20 uses at the same time', async () => {
    const fresh = await openSignInServer();
    try {
      const token = await offerFirstAccount(fresh.pool);
      const other = await offerFirstAccount(fresh.pool);
      const browser = new Browser(fresh.url);
      const page = await browser.ask(`/auth/password?link=${token}`);
      expect(page.text).toContain('first account');
      const uses = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          browser.submit(page, { name: `n${i}`, password: PASSWORD }, '/auth/sign-in'),
        ),
      );
      expect(uses.map(({ status }) => status).sort()).toEqual([303, ...Array(19).fill(410)]);
      expect(await listAccounts(fresh.pool)).toHaveLength(1);
      // Nor does another one, now that there is an account.
      expect((await browser.ask(`/auth/password?link=${other}`)).status).toBe(410);
      expect(await offerFirstAccount(fresh.pool)).toBeUndefined();
      const { rows } = await fresh.pool.query('select token_hash from account_links');
      expect(rows).toEqual([]);
    } finally {
      await fresh.close();
    }
  });

  test('makes one account, where several of them are used at the same time', async () => {
    const fresh = await createTestDatabase();
    try {
      const tokens = await Promise.all([1, 2, 3].map(() => offerFirstAccount(fresh.pool)));
      // Held back at the last step, they are all in the middle of it.
      const holder = await fresh.pool.connect();
      await holder.query('begin; lock table accounts in exclusive mode');
      const using = tokens.map((token, i) => useLink(fresh.pool, token ?? '', { name: `n${i}`, password: PASSWORD }));
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await fresh.pool.query(waiting)).rowCount, { timeout: 20_000 }).toBe(3);
      await holder.query('commit');
      holder.release();
      const uses = await Promise.all(using);
      expect(uses.filter(Boolean)).toHaveLength(1);
      expect(await listAccounts(fresh.pool)).toHaveLength(1);
    } finally {
      await fresh.drop();
    }
  });

  test('makes none where one was made otherwise since', async () => {
    const fresh = await createTestDatabase();
    try {
      const token = (await offerFirstAccount(fresh.pool)) ?? '';
      await inviteAccount(fresh.pool, { name: 'ada' });
      expect(await findLink(fresh.pool, token)).toBeUndefined();
      expect(await useLink(fresh.pool, token, { name: 'mallory', password: PASSWORD })).toBe(false);
    } finally {
      await fresh.drop();
    }
  });

  test('of another account sets one password, however often it is used at the same time', async () => {
    const browser = new Browser(server.url);
    const page = await browser.ask(`/auth/password?link=${await inviteAccount(server.pool, { name: 'grace' })}`);
    const uses = await Promise.all(
      Array.from({ length: 4 }, () => browser.submit(page, { password: PASSWORD }, '/auth/sign-in')),
    );
    expect(uses.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410]);
  });

  test('is stored as a hash, works for a day, and is used up by a good password alone', async () => {
    const token = (await inviteAccount(server.pool, { name: 'dave' })) ?? '';
    const { rows } = await server.pool.query('select account_links::text as text from account_links');
    expect(JSON.stringify(rows)).not.toContain(token);
    const browser = new Browser(server.url);
    const page = await browser.ask(`/auth/password?link=${token}`);
    for (const [password, said] of [
      ['eleven char', 'at least 12'],
      ['Password1234', 'too easy to guess'],
    ] as const) {
      const again = await browser.submit(page, { password });
      expect([again.status, again.text]).toEqual([400, expect.stringContaining(said)]);
    }
    const forged = { method: 'POST', form: { password: PASSWORD }, headers: { origin: 'https://evil.example' } };
    expect((await browser.ask(page.url, forged)).status).toBe(410);
    await server.pool.query(`update account_links set expires_at = expires_at - interval '24 hours'`);
    expect((await browser.submit(page, { password: PASSWORD })).status).toBe(410);
  });

  test('is in no log', async () => {
    const token = (await inviteAccount(server.pool, { name: 'frank' })) ?? '';
    await new Browser(server.url).ask(`/auth/password?link=${token}`);
    const browser = await signedIn();
    const code = browser.seen.find(({ url }) => url.pathname === '/auth/callback')?.url.searchParams.get('code') ?? '-';
    const logged = JSON.stringify(server.logged);
    for (const secret of [token, code, PASSWORD, browser.cookie('openbulk')?.value ?? '-']) {
      expect(logged).not.toContain(secret);
    }
  });
});

describe('the pages', () => {
  test('are in the language of the browser, need no script, and let nothing run', async () => {
    const browser = new Browser(server.url);
    const page = await openLogin(browser);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).not.toMatch(/<script|<style| style=| on\w+=/i);
    expect(page.text).toMatch(/<html lang="en">[\s\S]*<label for="name">Name<\/label>[\s\S]*<label for="password">/);
    const spanish = await browser.ask(page.url, { headers: { 'accept-language': 'es-MX, en;q=0.5' } });
    expect(spanish.headers.get('content-language')).toBe('es');
    expect(spanish.text).toMatch(/<html lang="es">[\s\S]*Iniciar sesión[\s\S]*Contraseña/);
    expect((await browser.ask('/auth/page.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  test('tell first what was wrong, say it of the field, and take nothing for HTML', async () => {
    const browser = new Browser(server.url);
    const page = await browser.submit(await openLogin(browser), { name: '"><script>alert(1)</script>', password: 'x' });
    expect(page.text).toContain('<title>Error: Sign in');
    expect(page.text).toMatch(/<p id="problem" role="alert">The name or password is incorrect\.<\/p>/);
    expect(page.text).toMatch(/id="password"[^>]*aria-describedby="problem" aria-invalid="true" autofocus>/);
    expect(page.text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(page.text).not.toContain('<script');
  });

  test('take no form of another site, and end where the sign-in is unknown', async () => {
    const browser = new Browser(server.url);
    const page = await openLogin(browser);
    const form = { name: NAME, password: PASSWORD };
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await browser.ask(page.url, { method: 'POST', form, headers })).status).toBe(400);
    }
    const stranger = new Browser(server.url);
    expect((await stranger.ask(page.url)).status).toBe(400);
    expect((await stranger.ask(page.url, { method: 'POST', form })).status).toBe(400);
    const lost = await stranger.visit(page.url.pathname.replace('interaction', 'auth'));
    expect([lost.status, lost.url.pathname]).toEqual([400, '/auth/failed']);
    expect(lost.text).toContain('href="/auth/sign-in"');
    expect(
      (await browser.ask(page.url, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(400);
  });
});
