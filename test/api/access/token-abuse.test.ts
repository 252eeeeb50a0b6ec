import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audienceOf } from '../../../src/auth/issuer/issuer-identity.ts';
import { loadIssuerKeys } from '../../../src/auth/keys/issuer-keys.ts';
import { type RunningServer, startServer } from '../../../src/boot/serve.ts';
import { readConfig } from '../../../src/config/config.ts';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { temporaryFolder } from '../../cli/command.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  AUDIENCE,
  encode,
  JWKS,
  makeKey,
  openTestIssuer,
  SCOPE,
  signed,
  type TestIssuer,
  type TestKey,
} from '../../support/sign-in/issuer.ts';
import { SECRET_KEY, secret } from '../../support/sign-in/secret.ts';

/** How each dialect refuses a token, and says that it cannot tell. */
const dialects = [
  {
    name: 'organizations',
    path: '/v1/organizations/acme/bulk-tasks',
    refused: { status: false, error: { code: 4004, message: 'Invalid Token' } },
    unavailable: { status: 503, body: { status: false, error: { code: 5003, message: expect.any(String) } } },
  },
  {
    name: 'activityid',
    path: '/activityid/v1/user/bulk',
    refused: { result: { status: 401, message: 'The token is not valid.' } },
    unavailable: { status: 504, body: { result: { status: 504, message: expect.stringContaining('OAuth server') } } },
  },
  {
    name: 'actions',
    path: '/api/actions/bulk/jobs',
    refused: problem(401, 'Unauthorized'),
    unavailable: { status: 503, body: problem(503, 'Service Unavailable') },
  },
  {
    name: 'task-v2',
    path: `/v2/task/view/${newId()}`,
    accepted: 404,
    refused: { name: 'Unauthorized', message: expect.any(String), code: 0, status: 401 },
    unavailable: {
      status: 503,
      body: { name: 'Service Unavailable', message: expect.any(String), code: 0, status: 503 },
    },
  },
];

function problem(status: number, title: string): object {
  const text = expect.any(String);
  const instance = '/api/actions/bulk/jobs';
  return { type: 'about:blank', title, status, detail: text, instance, error: text, requestId: text };
}

/** A running API, and what it takes to speak to it as its issuer would. */
interface Target {
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
  readonly key: TestKey;
}

type IssuerKind = 'embedded' | 'external';

const theirs = makeKey('theirs');
const organizationId = newId();
const targets = {} as Record<IssuerKind, Target>;
let database: TestDatabase;
let elsewhere: TestIssuer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const running: RunningServer[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  elsewhere = await openTestIssuer();
  await database.pool.query(`insert into organizations (id, slug, name) values ($1, 'acme', 'Acme')`, [organizationId]);
  const own = await start({});
  const [jwk] = (await loadIssuerKeys({ pool: database.pool, secret })).signing;
  const { kid, alg, kty, n, e } = jwk;
  const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  const key = { kid, privateKey, jwk: { kid, alg, kty, n, e } as TestKey['jwk'] };
  targets.embedded = { url: own.url, issuer: own.issuer, audience: audienceOf(own.issuer), key };
  const { url } = await start({ OPENBULK_ISSUER: elsewhere.url, OPENBULK_AUDIENCE: AUDIENCE });
  targets.external = { url, issuer: elsewhere.url, audience: AUDIENCE, key: elsewhere.keys[0] as TestKey };
});
afterAll(async () => {
  for (const server of running) await server.stop();
  await elsewhere.stop();
  await folder.remove();
  await database.drop();
});

async function start(env: Record<string, string>): Promise<RunningServer> {
  const own = {
    OPENBULK_SECRET_KEY: SECRET_KEY,
    DATABASE_URL: database.url,
    OPENBULK_DATA: folder.path,
    PORT: '0',
    OPENBULK_WORKERS: '0',
  };
  const server = await startServer(readConfig({ ...own, ...env }), pino({ level: 'silent' }));
  running.push(server);
  return server;
}

function claimsFor({ issuer, audience }: Target) {
  const seconds = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: audience,
    sub: 'alice',
    organization: toHex24(organizationId),
    scope: SCOPE,
    iat: seconds,
    exp: seconds + 600,
  };
}

function forge(target: Target, change: { header?: object; claims?: object; key?: TestKey } = {}): string {
  const { key = target.key } = change;
  const header = { alg: 'RS256', typ: 'at+jwt', kid: target.key.kid, ...change.header };
  return signed(header, { ...claimsFor(target), ...change.claims }, key.privateKey);
}

function hmacOverPublicKey(target: Target): string {
  const pem = createPublicKey({ key: target.key.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: target.key.kid })}.${encode(claimsFor(target))}`;
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
}

const seconds = () => Math.floor(Date.now() / 1000);
const attacks: Record<string, (target: Target) => string> = {
  'alg none, unsigned': (target) => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claimsFor(target))}.AA`,
  'alg none, signed': (target) => forge(target, { header: { alg: 'none' } }),
  'HS256 with the public key as the secret': hmacOverPublicKey,
  "a jku of the attacker's": (target) =>
    forge(target, { header: { jku: `${elsewhere.url}/evil`, kid: theirs.kid }, key: theirs }),
  "a jwk of the attacker's": (target) => forge(target, { header: { jwk: theirs.jwk }, key: theirs }),
  "an x5u of the attacker's": (target) =>
    forge(target, { header: { x5u: `${elsewhere.url}/evil`, kid: undefined }, key: theirs }),
  'an unknown kid': (target) => forge(target, { header: { kid: 'unknown' } }),
  'a kid that leads out of a folder': (target) => forge(target, { header: { kid: '../../../dev/null' }, key: theirs }),
  "the attacker's signature": (target) => forge(target, { key: theirs }),
  'another audience': (target) => forge(target, { claims: { aud: 'https://other.example' } }),
  'another issuer': (target) => forge(target, { claims: { iss: 'https://evil.example' } }),
  'the other issuer of ours': (target) => forge(target === targets.embedded ? targets.external : targets.embedded),
  expired: (target) => forge(target, { claims: { exp: seconds() - 60 } }),
  'not valid yet': (target) => forge(target, { claims: { nbf: seconds() + 60 } }),
  'an ID token': (target) => forge(target, { header: { typ: 'JWT' }, claims: { nonce: 'n' } }),
  garbage: () => 'garbage',
  'garbage in three parts': () => 'not.a.token',
  '17 KB long': (target) => forge(target, { claims: { pad: 'x'.repeat(13 * 1024) } }),
};

describe.each(['embedded', 'external'] as const)('with the %s issuer', (kind) => {
  describe.each(dialects)('$name', ({ path, refused, accepted = 200 }) => {
    const ask = (token: string) => fetch(targets[kind].url + path, { headers: { authorization: `Bearer ${token}` } });

    test('accepts a true token', async () => {
      expect((await ask(forge(targets[kind]))).status).toBe(accepted);
    });

    test.each(Object.entries(attacks))('refuses a token that is or has %s', async (_name, make) => {
      const answer = await ask(make(targets[kind]));
      expect([answer.status, await answer.json()]).toEqual([401, refused]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="openbulk", error="invalid_token"/);
    });
  });
});

test('what the attacker named was never asked for', () => {
  expect(elsewhere.asked.filter((path) => path.includes('evil'))).toEqual([]);
});

test('500 tokens with unknown kids make the server ask for keys at most once more', async () => {
  const [{ path }] = dialects as [(typeof dialects)[number]];
  const before = elsewhere.asked.filter((asked) => asked === JWKS).length;
  const tokens = Array.from({ length: 500 }, (_, i) => forge(targets.external, { header: { kid: `unknown ${i}` } }));
  const statuses = await Promise.all(
    tokens.map(async (token) => {
      const answer = await fetch(targets.external.url + path, { headers: { authorization: `Bearer ${token}` } });
      await answer.body?.cancel();
      return answer.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(elsewhere.asked.filter((asked) => asked === JWKS).length - before).toBeLessThanOrEqual(1);
});

describe.each(dialects)('$name, while the issuer', ({ path, unavailable, refused }) => {
  const ask = (server: RunningServer, token: string) =>
    fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });

  test.each([
    ['is down', (issuer: TestIssuer) => issuer.stop()],
    [
      'is silent',
      async (issuer: TestIssuer) => {
        issuer.silent = true;
      },
    ],
  ])(
    '%s, a token that looks like one is unavailable, what is none is refused',
    { timeout: 15_000 },
    async (_is, bend) => {
      const issuer = await openTestIssuer();
      const server = await start({ OPENBULK_ISSUER: issuer.url, OPENBULK_AUDIENCE: AUDIENCE });
      await bend(issuer);
      const answer = await ask(server, issuer.token());
      expect([answer.status, await answer.json()]).toEqual([unavailable.status, unavailable.body]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      const none = await ask(server, 'garbage');
      expect([none.status, await none.json()]).toEqual([401, refused]);
      await issuer.stop().catch(() => {});
    },
  );
});
