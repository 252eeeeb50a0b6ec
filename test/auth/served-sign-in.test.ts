import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/boot/serve.ts';
import { readConfig } from '../../src/config/config.ts';
import { deleteExpiredSignIns } from '../../src/store/platform/sign-ins.ts';
import { freePort, openbulk } from '../cli/command.ts';
import { runHere } from '../cli/in-process.ts';
import { ownPlace } from '../cli/own-servers.ts';
import { Browser } from '../support/sign-in/browser.ts';
import { NAME, PASSWORD, setPassword, signIn } from '../support/sign-in/sign-in.ts';

/** Sign-in on a server as it is started: behind a proxy, and on the command line. */
const place = ownPlace();

const LIST = '/v1/organizations/demo/bulk-tasks';

function settings(port: number): Record<string, string> {
  return {
    DATABASE_URL: place.database.url,
    OPENBULK_DATA: place.folder.path,
    OPENBULK_WORKERS: '0',
    PORT: String(port),
  };
}

test('the first start has a link in a file and not in its log; the account that it makes signs in; commands add, reset and remove others', async () => {
  const port = await freePort();
  const env = settings(port);
  const url = `http://127.0.0.1:${port}`;
  const run = (...args: string[]) => runHere(args, env);
  const linkIn = (text: string) =>
    /http:\/\/127\.0\.0\.1:\d+(\/auth\/password\?link=[\w-]{43})$/m.exec(text)?.[1] ?? '';

  const serve = () => openbulk(['serve'], { cwd: place.folder.path, env });
  const first = serve();
  const file = join(place.folder.path, 'first-account-link');
  await first.says(`Create the first one with the link in ${file}`);
  const link = await readFile(file, 'utf8');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  first.child.kill('SIGTERM');
  const { stdout, stderr } = await first.ended;
  expect(stdout).toBe('');
  expect(stderr).not.toContain('link=');
  const again = serve();
  await again.says('Create the first one');
  expect(await readFile(file, 'utf8')).not.toBe(link);
  // The link of the start before is still good.
  const browser = new Browser(url);
  await setPassword(browser, linkIn(link));
  await signIn(browser);
  expect((await browser.ask(LIST)).status).toBe(200);

  const added = await run('accounts', 'add', 'bob', '--org', 'demo', '--permissions', 'base.bulk.management.list');
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^http.*\n$/) });
  const bob = new Browser(url);
  await setPassword(bob, linkIn(added.stdout.trim()), 'bob');
  await signIn(bob, 'bob');
  expect((await bob.ask(LIST)).status).toBe(200);
  expect(await run('accounts', 'add', ' BOB ')).toMatchObject({ code: 1, stderr: expect.stringContaining('already') });
  expect(await run('accounts', 'add', ' ')).toMatchObject({ code: 2 });
  expect(await run('accounts', 'add', 'eve', '--org', 'nowhere')).toMatchObject({ code: 2 });

  const reset = await run('accounts', 'reset', 'Bob');
  expect(linkIn(reset.stdout.trim())).not.toBe('');
  const listed = JSON.parse((await run('accounts', 'list', '--json')).stdout);
  expect(listed).toMatchObject([
    { name: NAME, organizations: null, hasPassword: true },
    { name: 'bob', organizations: ['demo'], permissions: ['base.bulk.management.list'], hasPassword: true },
  ]);
  expect((await run('accounts', 'list')).stdout).toMatch(/^NAME +ORGS +PASSWORD[^\n]*\nada@example\.com +all +set/);

  expect((await run('accounts', 'remove', 'bob')).code).toBe(0);
  expect((await bob.ask(LIST)).status).toBe(401);
  for (const command of ['remove', 'reset']) expect((await run('accounts', command, 'bob')).code).toBe(1);
  const elsewhere = { ...env, OPENBULK_ISSUER: 'https://login.example' };
  const refused = await openbulk(['accounts', 'add', 'x'], { cwd: place.folder.path, env: elsewhere }).ended;
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('OPENBULK_ISSUER') });

  again.child.kill('SIGTERM');
  expect((await again.ended).code).toBe(0);
  const quiet = serve();
  await quiet.says('"ready"');
  await expect.poll(() => stat(file).catch(({ code }) => code)).toBe('ENOENT');
  quiet.child.kill('SIGTERM');
  expect((await quiet.ended).stderr).not.toContain('first-account-link');
}, 120_000);

test('behind a proxy, under a path, all is for https and stays there', async () => {
  const publicUrl = 'https://bulk.example/apis';
  const port = await freePort();
  const config = readConfig({ ...settings(port), OPENBULK_URL: publicUrl, OPENBULK_PROXIES: '127.0.0.1' });
  const server: RunningServer = await startServer(config, pino({ level: 'silent' }));
  try {
    const browser = new Browser(server.url, publicUrl);
    const headers = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
    const page = await browser.visit('/apis/auth/sign-in?return=/apis/console', { headers });
    expect(page.text).toContain('href="/apis/auth/page.css"');
    const visit = {
      method: 'POST',
      form: { name: NAME, password: PASSWORD },
      headers: { ...headers, origin: browser.origin },
    };
    expect((await browser.ask(page.url, { ...visit, headers: { ...headers, origin: server.url } })).status).toBe(400);
    const last = await browser.visit(page.url, visit, '/apis/console');
    expect(last.headers.get('location')).toBe('/apis/console');
    expect(browser.cookie('__Host-openbulk')?.attributes).toBe(
      'Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure',
    );
    for (const { name, attributes } of browser.cookies.values()) {
      expect([name, attributes]).toEqual([name, expect.stringMatching(/\bsecure\b.*httponly|httponly.*\bsecure\b/i)]);
    }
    const api = `/apis${LIST}`;
    expect((await browser.ask(api)).status).toBe(200);
    const out = { method: 'POST', headers: { origin: server.url } };
    expect((await browser.api('/apis/auth/sign-out', out)).status).toBe(403);
    const left = await browser.api('/apis/auth/sign-out', { ...out, headers: { origin: browser.origin } });
    expect(JSON.parse(left.text)).toEqual({ next: `${publicUrl}/` });
    const { rows } = await place.database.pool.query(
      `select client from rate_limits where client like 'sign-in%from %'`,
    );
    expect(rows).toContainEqual({ client: 'sign-in\tfrom 192.0.2.7' });
    for (const { client } of rows) expect(client).toMatch(/from (?:192\.0\.2\.7|127\.0\.0\.1)$/);
  } finally {
    await server.stop();
  }
});

test('expired sign-ins are deleted, and nothing else', async () => {
  const { pool } = place.database;
  await pool.query(`insert into issuer_entries (model, id_hash, payload, expires_at)
    select 'Interaction', 'h' || n, '{}', now() + make_interval(hours => n) from generate_series(-3, 3) n`);
  const left = async () =>
    (await pool.query(`select id_hash from issuer_entries where id_hash like 'h%' order by 1`)).rows.length;
  while ((await deleteExpiredSignIns(pool, { limit: 2 })) > 0);
  expect(await left()).toBe(3);
  await deleteExpiredSignIns(pool, { limit: 100, now: new Date(Date.now() + 2.5 * 3_600_000) });
  expect(await left()).toBe(1);
});
