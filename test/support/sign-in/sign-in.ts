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

/** Makes the first account, as whoever started the server does. */
export async function makeFirstAccount({ pool, url }: { pool: Pool; url: string }): Promise<void> {
  const token = await offerFirstAccount(pool);
  await setPassword(new Browser(url), `/auth/password?link=${token}`);
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
