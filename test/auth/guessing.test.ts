import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inviteAccount } from '../../src/auth/accounts/account-links.ts';
import type { TestServer } from '../api/server.ts';
import { Browser, type Seen } from '../support/sign-in/browser.ts';
import { makeFirstAccount, NAME, openLogin, openSignInServer, PASSWORD } from '../support/sign-in/sign-in.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openSignInServer({ proxies: ['loopback'] });
  await makeFirstAccount(server);
  await server.pool.query('delete from sign_in_places');
});
beforeEach(async () => {
  await server.pool.query('delete from rate_limits');
  await server.pool.query('delete from sign_in_places');
});
afterAll(() => server.close());

/** Tries a password, as a browser at an address does. @returns the page that answers, or the redirect of who is signed in */
async function attempt(
  browser: Browser,
  address: string,
  { name = NAME, password = 'a wrong password' } = {},
): Promise<Seen> {
  const page = await openLogin(browser);
  const headers = { origin: server.url, 'x-forwarded-for': address };
  return browser.ask(page.url, { method: 'POST', form: { name, password }, headers });
}

const fresh = () => new Browser(server.url);
const right = { password: PASSWORD };

/** As if all attempts of a kind had been made: hashing them would take half a minute. None comes back for a minute. */
async function useUp(bucket: string): Promise<void> {
  const { rowCount } = await server.pool.query(
    `update rate_limits set permits = 0, refilled_at = now() + interval '1 minute' where client like $1`,
    [`sign-in\t${bucket}`],
  );
  expect(rowCount).toBeGreaterThan(0);
}

test('ten wrong guesses of somebody elsewhere keep nobody from signing in', async () => {
  expect((await attempt(fresh(), '10.0.0.1')).status).toBe(403);
  await useUp('as % at 10.0.0.1');
  expect((await attempt(fresh(), '10.0.0.1', right)).status).toBe(429);
  expect((await attempt(fresh(), '10.0.0.2', right)).status).toBe(303);
});

describe('where many addresses guess', () => {
  const attack = async () => {
    expect((await attempt(fresh(), '10.0.0.1')).status).toBe(403);
    await useUp('by strangers as %');
  };

  test('strangers are let in no more, and those who are known go on: by their browser, or by their address', async () => {
    const [laptop, phone] = [fresh(), fresh()];
    expect((await attempt(laptop, '10.0.0.7', right)).status).toBe(303);
    await attack();
    expect((await attempt(fresh(), '10.0.0.8', right)).status).toBe(429);
    // The browser, on its way; and another one at home.
    expect((await attempt(laptop, '10.0.0.9', right)).status).toBe(303);
    expect((await attempt(phone, '10.0.0.7', right)).status).toBe(303);
  });

  test('a browser that is known to another account is a stranger', async () => {
    const token = await inviteAccount(server.pool, { name: 'eve' });
    const eves = fresh();
    const page = await eves.ask(`/auth/password?link=${token}`);
    await eves.submit(page, { password: PASSWORD }, '/auth/sign-in');
    expect((await attempt(eves, '10.0.0.5', { name: 'eve', password: PASSWORD })).status).toBe(303);
    await attack();
    expect((await attempt(eves, '10.0.0.5', right)).status).toBe(429);
  });
});

test('a browser that is known has ten attempts of its own, which neither its address nor another one uses up', async () => {
  const laptop = fresh();
  expect((await attempt(laptop, '10.0.0.7', right)).status).toBe(303);
  expect((await attempt(fresh(), '10.0.0.7')).status).toBe(403);
  await useUp('from 10.0.0.7');
  expect((await attempt(fresh(), '10.0.0.7', right)).status).toBe(429);
  expect((await attempt(laptop, '10.0.0.7')).status).toBe(403);
  await useUp('as % on %');
  expect((await attempt(laptop, '10.0.0.7', right)).status).toBe(429);
  // As a stranger it has those of another address.
  expect((await attempt(laptop, '10.0.0.8', right)).status).toBe(303);
});

test('what a browser is known by is a secret that no script can read, and of which the database has a hash', async () => {
  const browser = fresh();
  await attempt(browser, '10.0.0.7', right);
  const cookie = browser.cookie('openbulk-device');
  expect(cookie?.attributes).toBe(`Path=/; Max-Age=${180 * 86_400}; HttpOnly; SameSite=Lax`);
  await attempt(browser, '10.0.0.7', right);
  expect(browser.cookie('openbulk-device')?.value).toBe(cookie?.value);
  const { rows } = await server.pool.query('select sign_in_places::text as text from sign_in_places');
  expect(rows).toHaveLength(2);
  expect(JSON.stringify(rows)).not.toContain(cookie?.value);
});

test('of an account the latest places are kept, and those that nobody uses go', async () => {
  await server.pool.query(
    `insert into sign_in_places (account_id, place_hash, expires_at)
     select id, md5(n::text) || md5('x'), now() + make_interval(days => n)
       from accounts, generate_series(1, 60) n where name = $1`,
    [NAME],
  );
  await attempt(fresh(), '10.0.0.7', right);
  const { rows } = await server.pool.query(`select count(*)::int as n from sign_in_places`);
  expect(rows).toEqual([{ n: 40 }]);
});

test('of a flood from one address a few are looked at, and one from elsewhere does not wait for the rest', async () => {
  expect((await attempt(fresh(), '10.0.0.1', { name: 'nobody' })).status).toBe(403);
  await server.pool.query(
    `update rate_limits set permits = 2, refilled_at = now() + interval '1 minute' where client like '%at 10.0.0.1'`,
  );
  const flood = Array.from({ length: 30 }, () => attempt(fresh(), '10.0.0.1', { name: 'nobody' }));
  const other = attempt(fresh(), '10.0.0.2', right);
  const statuses = (await Promise.all(flood)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([403, 403, ...Array(28).fill(429)]);
  expect((await other).status).toBe(303);
});
