import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offerFirstAccount } from '../../src/auth/account-links.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { toHex24 } from '../../src/task/ids.ts';
import type { TestServer } from '../api/server.ts';
import { Browser } from '../support/browser.ts';
import { makeFirstAccount, NAME, openLogin, openSignInServer, PASSWORD, signIn } from '../support/sign-in.ts';

let server: TestServer;
let acme: string;

beforeAll(async () => {
  server = await openSignInServer();
  acme = await server.organization('acme');
  await makeFirstAccount(server);
});
afterAll(() => server.close());

describe('first', () => {
  test('whole way', async () => {
    const browser = new Browser(server.url);
    expect((await browser.ask('/auth/session')).status).toBe(401);
    await signIn(browser).catch((e) => { console.log(JSON.stringify(server.logged.filter((l) => Number(l.level) > 30)).slice(0,3000)); console.log(browser.seen.map((s) => s.status + ' ' + s.url + ' -> ' + s.headers.get('location')).join('\n')); throw e; });
    const session = await browser.ask('/auth/session');
    expect(JSON.parse(session.text)).toEqual({
      name: NAME,
      email: NAME,
      organizations: [{ id: toHex24(acme), slug: 'acme', name: 'acme' }],
      permissions: ALL_PERMISSIONS,
      expiresAt: expect.any(String),
    });
    const list = await browser.ask('/v1/organizations/acme/bulk-tasks');
    expect([list.status, list.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    await server.pool.query(`update sessions set access_expires_at = now()`);
    expect((await browser.ask('/v1/organizations/acme/bulk-tasks')).status).toBe(200);
    const out = await browser.api('/auth/sign-out', { method: 'POST' });
    expect([out.status, out.text]).toEqual([200, JSON.stringify({ next: `${server.url}/` })]);
    expect((await browser.ask('/auth/session')).status).toBe(401);
    console.log(
      browser.seen
        .map((s) => `${s.status} ${s.url} -> ${s.headers.get('location')} ${s.headers.getSetCookie()}`)
        .join('\n'),
    );
  });
});
