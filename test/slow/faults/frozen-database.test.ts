import { once } from 'node:events';
import { type IncomingMessage, request as open } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIssuer } from '../../../src/auth/issuer/issuer.ts';
import { embeddedVerifier } from '../../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { openTaskFeed } from '../../../src/service/tasks/watch-task.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { toHex24 } from '../../../src/task/ids.ts';
import { idsOf, makerOf } from '../../api/documents/ids.ts';
import { type Given, type Operation, readDocuments, undeclared } from '../../api/documents/operations.ts';
import { plainRequest, send } from '../../api/documents/requests.ts';
import { form, HEADER, ISSUER, openServer, type TestServer } from '../../api/server.ts';
import { type Cuttable, cuttable } from '../../support/crashes/cuttable.ts';
import { Browser, type Seen } from '../../support/sign-in/browser.ts';
import { secret } from '../../support/sign-in/secret.ts';
import { makeFirstAccount, NAME, openLogin, PASSWORD, SIGN_IN, signIn } from '../../support/sign-in/sign-in.ts';

/**
 * A database that hangs: what is open is silent, what is new is accepted and never answered. Every route of every document is asked, so
 * that a further one is in here by being there.
 */
const operations = (await readDocuments()).flatMap((document) => document.operations);

/** What is promised. */
const ANSWER = 5_000;
/** What asks the database nothing, or says so within its answer. */
const WITHOUT = {
  'GET /livez': 200,
  'GET /metrics': 404,
  'GET /v1/organizations/{organizationId}/devices/csv/sample': 200,
  'GET /v1/organizations/{organizationId}/inventory-items/csv/sample': 200,
  'GET /v1/organizations/{organizationId}/mdm/users/csv/sample': 200,
  // It makes a declaration of the file alone.
  'POST /v1/organizations/{organizationId}/resources/infer': 200,
  'POST /v1/organizations/{organizationId}/resources/{resource}/plan': 400,
  'the beginning of a sign-in': 200,
  'a page to sign in': 200,
};

let healthy: TestServer;
let server: TestServer;
let way: Cuttable;
let acme: string;
let token: string;
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  healthy = await openServer();
  way = await cuttable(healthy.database.url);
  const { url } = way;
  const pool = openPool({ url, applicationName: 'frozen', max: 16, purpose: 'requests' });
  const vitals = openPool({ url, applicationName: 'frozen vitals', max: 4, purpose: 'vitals' });
  const feed = openTaskFeed({ databaseUrl: url, onError: () => {} });
  server = await openServer({
    pool,
    vitals,
    feed,
    turns: healthy.turns,
    files: healthy.files,
    verifier: embeddedVerifier({ pool: vitals, issuer: ISSUER }),
    issuer: await createIssuer({ pool: vitals, secret, issuer: ISSUER }),
    signIn: SIGN_IN,
    // So small that each request asks for more of it.
    rateLimit: 60,
  });
  undo.push(
    () => server.close(),
    () => feed.close(),
    () => vitals.end(),
    () => pool.end(),
    () => way.cut(),
    () => healthy.close(),
  );
  acme = await healthy.organization('acme');
  token = await healthy.token(acme);
});
afterAll(async () => {
  for (const step of undo) await step();
});

interface Timed {
  readonly what: string;
  readonly given: Given;
  readonly took: number;
  readonly operation?: Operation;
}

async function timed(what: string, asked: Promise<Given>, operation?: Operation): Promise<Timed> {
  const begun = performance.now();
  const given = await asked;
  return { what, given, took: performance.now() - begun, ...(operation && { operation }) };
}

/** A route beside the dialects', as a browser asks it. */
function page(what: string, seen: Promise<Seen>): Promise<Timed> {
  return timed(
    what,
    seen.then(({ status, headers, text }) => ({ status, headers: Object.fromEntries(headers), text })),
  );
}

test('every request is answered within 5 s, 503 with Retry-After in the envelope of its dialect, also in its middle', async () => {
  const requests = await Promise.all(
    operations.map(async (operation) => {
      const ids = idsOf(operation).map(async (name) => [name, await makerOf(operation, name)(healthy, acme)] as const);
      return { operation, parts: await plainRequest(operation, Object.fromEntries(await Promise.all(ids))) };
    }),
  );
  const large = await largeReport();
  await makeFirstAccount({ pool: healthy.pool, url: server.url });
  const [browser, signingIn] = [new Browser(server.url), new Browser(server.url)];
  await signIn(browser);
  const login = await openLogin(signingIn);
  const client = { grant_type: 'client_credentials', client_id: acme, client_secret: 'secret' };
  // The token is known, and so is the organization: what is asked from here on comes to its own question.
  expect((await server.ask('/v1/organizations/acme/bulk-tasks', { token })).status).toBe(200);
  const report = await beginReport(large);
  const upload = beginUpload();

  way.freeze();
  const lateness = watchLateness();
  const reportEnded = report.rest();
  const answers = await Promise.all([
    ...requests.map(({ operation, parts }) =>
      timed(`${operation.method} ${operation.path}`, send(server.port, operation, parts, token), operation),
    ),
    page('a token', browser.ask('/oauth2/token', { method: 'POST', form: client })),
    page('a session', browser.api('/auth/session')),
    page('a sign-out', browser.api('/auth/sign-out', { method: 'POST' })),
    page('the list by a session', browser.api('/v1/organizations/acme/bulk-tasks')),
    page('a link', browser.ask('/auth/password?link=x')),
    page('the beginning of a sign-in', new Browser(server.url).visit('/auth/sign-in')),
    page('a page to sign in', signingIn.ask(login.url)),
    page('a sign-in', signingIn.submit(login, { name: NAME, password: PASSWORD })),
    ...['/readyz', '/metrics', '/livez'].map((path) => page(`GET ${path}`, browser.ask(path))),
    timed('the end of an upload', upload.finish()),
  ]);
  const ended = await reportEnded;

  // What this machine is busy with otherwise is no wait for the database.
  const bound = ANSWER + lateness();
  const brief = ({ what, given, took }: Timed) => `${what} ${given.status} ${Math.round(took)} ms`;
  expect(answers.filter(({ took }) => took >= bound).map(brief)).toEqual([]);
  expect(ended).toBeLessThan(bound);
  const others = answers.filter(({ given }) => given.status !== 503);
  expect(Object.fromEntries(others.map(({ what, given }) => [what, given.status]))).toEqual(WITHOUT);
  const away = answers.filter(({ given }) => given.status === 503);
  expect(away.filter(({ given }) => !(Number(given.headers['retry-after']) > 0)).map(brief)).toEqual([]);
  const odd = away.map(({ operation, given, what }) => operation && undeclared(operation, given) && what);
  expect(odd.filter(Boolean)).toEqual([]);
}, 120_000);

/** @returns what tells for how long in all this process was kept from running, ms */
function watchLateness(): () => number {
  let last = performance.now();
  let late = 0;
  const timer = setInterval(() => {
    late += Math.max(0, performance.now() - last - 30);
    last = performance.now();
  }, 20);
  return () => {
    clearInterval(timer);
    return late;
  };
}

/** @returns the path of a report that is larger than what the network holds of it */
async function largeReport(): Promise<string> {
  const rows = Array.from({ length: 20_000 }, (_, row) => `Name,,S${row},${'x'.repeat(300)}\n`).join('');
  const task = await healthy.submit(acme, 'import-inventory-items', `${HEADER},basic.description\n${rows}`);
  const done = await healthy.working(() => healthy.finished(task, 60_000), { chunkRows: 500 });
  expect(done.counters.errors).toBe(20_000);
  return `/v1/organizations/acme/bulk-tasks/${toHex24(task.id)}/report?format=csv`;
}

/** Asks for a report and takes its first bytes; `rest` takes what comes, and gives how long that was until the connection closed. */
async function beginReport(path: string) {
  const asked = open({ host: '127.0.0.1', port: server.port, path, headers: { authorization: `Bearer ${token}` } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  const closed = new Promise((resolve) => response.on('error', () => {}).once('close', resolve));
  await once(response, 'readable');
  return {
    async rest(): Promise<number> {
      const begun = performance.now();
      response.resume();
      await closed;
      expect(response.complete).toBe(false);
      return performance.now() - begun;
    },
  };
}

/** Sends an upload up to its last bytes; `finish` sends those. */
function beginUpload() {
  const whole = new Response(
    form({ action: 'import-inventory-items' }, 'basic.name,basic.type\nOne,laptop\n', { name: 'slow.csv' }),
  );
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': String(whole.headers.get('content-type')),
    'transfer-encoding': 'chunked',
  };
  const path = '/v1/organizations/acme/bulk-tasks';
  const sending = open({ host: '127.0.0.1', port: server.port, path, method: 'POST', headers });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  const bytes = whole.arrayBuffer().then((buffer) => Buffer.from(buffer));
  void bytes.then((all) => sending.write(all.subarray(0, -20)));
  return {
    async finish(): Promise<Given> {
      sending.end((await bytes).subarray(-20));
      const [response] = await answered;
      let text = '';
      for await (const piece of response) text += piece;
      return { status: response.statusCode ?? 0, headers: response.headers, text };
    },
  };
}
