import { scryptSync } from 'node:crypto';
import { expect } from 'vitest';
import { offerFirstAccount } from '../../../src/auth/accounts/account-links.ts';
import type { Pool } from '../../../src/store/connection/pool.ts';
import { openServer, type TestServer } from '../../api/server.ts';
import { Browser, type Seen } from './browser.ts';

export const NAME = 'ada@example.com';
export const PASSWORD = 'correct horse battery';
export const SIGN_IN = { idleSeconds: 8 * 3600, lifetimeSeconds: 7 * 86_400 };

/** A server on which browsers sign in at the embedded issuer. */
export function openSignInServer(options: Parameters<typeof openServer>[0] = {}, now = Date.now): Promise<TestServer> {
  return openServer({ signIn: SIGN_IN, ...options }, now);
}

/** Makes the first account, as whoever started the server does, and signing in to it cheap. */
export async function makeFirstAccount({ pool, url }: { pool: Pool; url: string }): Promise<void> {
  const token = await offerFirstAccount(pool);
  await setPassword(new Browser(url), `/auth/password?link=${token}`);
  await cheapen(pool);
}

const CHEAP = { N: 16, r: 8, p: 1 } as const;

/** Stores the password of an account anew, at a cost of nothing instead of 0.3 s of a core for each sign-in: a stored hash tells its cost. */
export async function cheapen(pool: Pool, name = NAME): Promise<void> {
  const hash = scryptSync(PASSWORD, 'salt', 32, CHEAP).toString('base64url');
  const salt = Buffer.from('salt').toString('base64url');
  const stored = ['scrypt', CHEAP.N, CHEAP.r, CHEAP.p, salt, hash].join('$');
  const { rowCount } = await pool.query('update accounts set password = $2 where name = $1', [name, stored]);
  expect(rowCount).toBe(1);
}

/** Opens a one-time link and sets the password. @param place its path */
export async function setPassword(browser: Browser, place: string, name = NAME): Promise<void> {
  const page = await browser.ask(place);
  const set = await browser.submit(page, { name, password: PASSWORD }, place.replace(/password.*/, 'sign-in'));
  expect([set.status, set.headers.get('location')]).toEqual([303, place.replace(/password.*/, 'sign-in')]);
}

/** The page that asks for name and password. */
export async function openLogin(browser: Browser, returnTo = '/'): Promise<Seen> {
  const page = await browser.visit(`/auth/sign-in?return=${encodeURIComponent(returnTo)}`);
  expect([page.status, page.url.pathname]).toEqual([200, expect.stringMatching(/^\/oauth2\/interaction\/[\w-]+$/)]);
  return page;
}

/** Signs in, up to the page that it returns to. */
export async function signIn(browser: Browser, name = NAME, password = PASSWORD): Promise<void> {
  const page = await openLogin(browser, '/console');
  const last = await browser.submit(page, { name, password }, '/console');
  expect([last.status, last.headers.get('location')]).toEqual([303, '/console']);
}
