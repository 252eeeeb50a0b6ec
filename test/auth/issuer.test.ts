import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ClientCredentials, createClient, findClient, hashSecret } from '../../src/auth/clients/clients.ts';
import { rotateClient } from '../../src/auth/clients/rotate-client.ts';
import { createIssuer, type Issuer } from '../../src/auth/issuer/issuer.ts';
import { mintToken } from '../../src/auth/issuer/mint-token.ts';
import { rotateKeys } from '../../src/auth/keys/change-keys.ts';
import { embeddedKeys, loadIssuerKeys } from '../../src/auth/keys/issuer-keys.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { embeddedVerifier } from '../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { openPool, type Pool } from '../../src/store/connection/pool.ts';
import { migrate, readMigrations } from '../../src/store/platform/migrate.ts';
import { newId, parseId, toHex24 } from '../../src/task/ids.ts';
import { cuttable } from '../support/crashes/cuttable.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { secret } from '../support/sign-in/secret.ts';

const permissions = ['base.bulk.management.list', 'base.bulk.management.get', 'base.bulk.management.create'] as const;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let database: TestDatabase;
let server: RunningIssuer;
let organizationId: string;
let client: ClientCredentials;
const printed: unknown[][] = [];
const reported = vi.fn();

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void printed.push(args));
  }
  database = await createTestDatabase();
  organizationId = newId();
  await database.pool.query('insert into organizations (id, slug, name) values ($1, $2, $3)', [
    organizationId,
    'demo',
    'Demo',
  ]);
  client = await createClient({ pool: database.pool }, { organizationId, name: 'test', permissions });
  server = await serveIssuer(database.pool);
});

afterAll(async () => {
  vi.restoreAllMocks();
  await server.close();
  await database.drop();
});

beforeEach(() => {
  reported.mockClear();
});

interface RunningIssuer {
  readonly issuer: string;
  readonly origin: string;
  readonly http: Server;
  close(): Promise<void>;
}

/** The issuer inside Fastify, as the API mounts it: before any body is read, with its prefix cut off. */
async function serveIssuer(pool: Pool, now = Date.now): Promise<RunningIssuer> {
  const app = Fastify();
  let issuer: Issuer | undefined;
  await app.register(
    async (scope) => {
      scope.addHook('onRequest', async (req, reply) => {
        reply.hijack();
        req.raw.url = req.raw.url?.slice('/oauth2'.length) || '/';
        await issuer?.handle(req.raw, reply.raw);
      });
      scope.all('/*', async () => undefined);
    },
    { prefix: '/oauth2' },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  issuer = await createIssuer({ pool, secret, issuer: `${origin}/oauth2`, onError: reported, now });
  return { issuer: `${origin}/oauth2`, origin, http: app.server, close: () => app.close() };
}

interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function ask(form: Record<string, string>, headers: Record<string, string> = {}): Promise<TokenAnswer> {
  const response = await fetch(`${server.issuer}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as TokenAnswer['body'] };
}

function basic(credentials: ClientCredentials): Record<string, string> {
  const text = `${credentials.clientId}:${credentials.clientSecret}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

function post(credentials: ClientCredentials): Record<string, string> {
  return { client_id: credentials.clientId, client_secret: credentials.clientSecret };
}

function tokenOf(answer: TokenAnswer): string {
  const { access_token: token } = answer.body;
  if (typeof token !== 'string') throw new Error(`no token: ${JSON.stringify(answer.body)}`);
  return token;
}

function anotherClient(): Promise<ClientCredentials> {
  return createClient({ pool: database.pool }, { organizationId, name: 'another', permissions });
}

describe('client credentials', () => {
  test.each([
    ['client_secret_basic', () => ask({}, basic(client))],
    ['client_secret_post', () => ask(post(client))],
    [
      'the id in its other spelling',
      () => ask(post({ ...client, clientId: parseId(client.clientId)?.toString() ?? '' })),
    ],
  ])('by %s give a token with all permissions of the client, for an hour', async (_name, request) => {
    const answer = await request();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { access_token: _token, ...rest } = answer.body;
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 3600, scope: permissions.join(' ') });
    expect(decodeProtectedHeader(tokenOf(answer))).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String) });
    const claims = decodeJwt(tokenOf(answer));
    expect(claims).toEqual({
      iss: server.issuer,
      aud: server.origin,
      sub: client.clientId,
      client_id: client.clientId,
      scope: permissions.join(' '),
      organization: toHex24(organizationId),
      name: 'test',
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
  });

  test('are taken with a slash at the end of the path, too', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...post(client) });
    expect((await fetch(`${server.issuer}/token/`, { method: 'POST', body })).status).toBe(200);
  });

  test('carry the permissions of declared resources, whether or not they are asked for by name', async () => {
    const permissions = ['base.bulk.management.create', 'resource.customers.import', 'resource.*.list'] as const;
    const own = await createClient({ pool: database.pool }, { organizationId, name: 'shop', permissions });
    expect((await ask({}, basic(own))).body.scope).toBe(permissions.join(' '));
    expect((await ask({ scope: 'resource.customers.import' }, basic(own))).body.scope).toBe(
      'resource.customers.import',
    );
    expect(await ask({ scope: 'resource.customers.export' }, basic(own))).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  test('the scope parameter narrows the token', async () => {
    const answer = await ask({ scope: 'base.bulk.management.get' }, basic(client));
    expect(answer.body.scope).toBe('base.bulk.management.get');
    expect(decodeJwt(tokenOf(answer)).scope).toBe('base.bulk.management.get');
  });

  test.each([
    'base.bulk.management.delete',
    'base.bulk.management.get base.bulk.management.delete',
    'no.such.permission',
    'openid',
  ])("a scope beyond the client's is refused: %s", async (scope) => {
    const answer = await ask({ scope }, basic(client));
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('invalid_scope');
  });

  test('the resource may be named, but only ours', async () => {
    expect((await ask({ resource: server.origin }, basic(client))).status).toBe(200);
    expect((await ask({ resource: `${server.origin}/` }, basic(client))).status).toBe(200);
    const answer = await ask({ resource: 'https://other.example' }, basic(client));
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 400, error: 'invalid_target' });
  });

  test('a wrong secret and an unknown client are answered alike', async () => {
    const expected = { error: 'invalid_client', error_description: 'client authentication failed' };
    const wrong = { ...client, clientSecret: `${client.clientSecret.slice(0, -1)}-` };
    const unknown = { ...client, clientId: toHex24(newId()) };
    for (const credentials of [wrong, unknown, { ...client, clientId: 'x' }]) {
      for (const answer of [await ask({}, basic(credentials)), await ask(post(credentials))]) {
        expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: expected });
      }
    }
    expect((await ask({}, basic(wrong))).headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  });

  test('the hash in the database is not a secret that opens anything', async () => {
    const { rows } = await database.pool.query<{ secret_hash: string }>(
      'select secret_hash from client_secrets limit 1',
    );
    expect((await ask(post({ ...client, clientSecret: rows[0]?.secret_hash ?? '' }))).status).toBe(401);
  });

  test('a revoked client gets no token', async () => {
    const revoked = await anotherClient();
    expect((await ask(post(revoked))).status).toBe(200);
    await revoke(revoked);
    expect((await ask(post(revoked))).status).toBe(401);
  });

  test('the secret from before a rotation works until its grace is over; with a grace of 0 not at all', async () => {
    const first = await anotherClient();
    const second = await rotate(first, 3600);
    const third = await rotate(first, 7200);
    for (const good of [first, second, third]) {
      expect((await ask(post(good))).status).toBe(200);
      expect((await ask({}, basic(good))).status).toBe(200);
    }
    await database.pool.query(
      `update client_secrets set expires_at = expires_at - interval '1 hour' where client_id = $1`,
      [parseId(first.clientId)],
    );
    // The first was to end after an hour; the later, longer grace did not prolong it.
    expect(await statuses(first, second, third)).toEqual([401, 200, 200]);
    const fourth = await rotate(first, 0);
    expect(await statuses(first, second, third, fourth)).toEqual([401, 401, 401, 200]);
  });

  test('ten rotations at once leave one secret that does not end', async () => {
    const client = await anotherClient();
    const made = await Promise.all(Array.from({ length: 10 }, () => rotate(client, 3600)));
    expect(new Set(await statuses(client, ...made))).toEqual(new Set([200]));
    const { rows } = await database.pool.query(
      'select from client_secrets where client_id = $1 and expires_at is null',
      [parseId(client.clientId)],
    );
    expect(rows).toHaveLength(1);
  });

  test('a revoked client gets no new secret, and neither does one that is not there', async () => {
    const revoked = await anotherClient();
    await revoke(revoked);
    for (const id of [revoked.clientId, toHex24(newId()), 'x']) {
      expect(await rotateClient({ pool: database.pool }, id, 0)).toBeUndefined();
    }
  });

  test('a permission that this program does not know is not given', async () => {
    const old = await anotherClient();
    await database.pool.query(`update clients set permissions = permissions || '{gone.permission}' where id = $1`, [
      parseId(old.clientId),
    ]);
    expect((await ask(post(old))).body.scope).toBe(permissions.join(' '));
  });

  test('a client without permissions gets a token that unlocks nothing', async () => {
    const powerless = await createClient({ pool: database.pool }, { organizationId, name: 'none', permissions: [] });
    const token = tokenOf(await ask(post(powerless)));
    const { verify } = embeddedVerifier({ pool: database.pool, issuer: server.issuer });
    expect((await verify(token)).permissions).toEqual(new Set());
  });

  test('issuing a token leaves nothing in the database', async () => {
    const count = async (): Promise<unknown> =>
      (await database.pool.query('select count(*) from settings union all select count(*) from issuer_keys')).rows;
    const before = await count();
    await ask(post(client));
    expect(await count()).toEqual(before);
  });
});

async function rotate(credentials: ClientCredentials, graceSeconds: number): Promise<ClientCredentials> {
  const rotated = await rotateClient({ pool: database.pool }, credentials.clientId, graceSeconds);
  if (!rotated) throw new Error('there is no such client');
  return rotated;
}

async function statuses(...tried: ClientCredentials[]): Promise<number[]> {
  return Promise.all(tried.map(async (each) => (await ask(post(each))).status));
}

async function revoke(credentials: ClientCredentials): Promise<void> {
  await database.pool.query('update clients set revoked_at = now() where id = $1', [parseId(credentials.clientId)]);
}

test('a secret is in the database as its sha256 only', async () => {
  const { rows } = await database.pool.query<{ row: string; secret_hash: string }>(
    `select secret_hash, clients::text || client_secrets::text as row
       from clients join client_secrets on client_id = id where id = $1`,
    [parseId(client.clientId)],
  );
  expect(Buffer.from(client.clientSecret, 'base64url')).toHaveLength(32);
  expect(rows[0]?.secret_hash).toBe(createHash('sha256').update(client.clientSecret).digest('hex'));
  expect(rows[0]?.row).not.toContain(client.clientSecret);
});

test('a client from before secrets could be changed keeps its secret', async () => {
  const old = await createTestDatabase({ migrated: false });
  try {
    const all = await readMigrations();
    await migrate(
      old.pool,
      all.filter(({ version }) => version < 3),
    );
    await old.pool.query(`insert into organizations (id, slug, name) values ($1, 'demo', 'Demo')`, [organizationId]);
    await old.pool.query(
      `insert into clients (id, organization_id, name, secret_hash, permissions) values ($1, $2, 'old', $3, '{}')`,
      [parseId(client.clientId), organizationId, hashSecret('secret')],
    );
    await migrate(old.pool);
    expect(await findClient(old, client.clientId)).toMatchObject({ secretHashes: [hashSecret('secret')] });
  } finally {
    await old.drop();
  }
});

describe('errors are RFC 6749 JSON', () => {
  const cases: Record<string, { init: RequestInit; path?: string; status: number; error: string }> = {
    'another grant': {
      init: { method: 'POST', headers: FORM, body: 'grant_type=password' },
      status: 400,
      error: 'invalid_request',
    },
    'no body': { init: { method: 'POST' }, status: 400, error: 'invalid_request' },
    'a JSON body': {
      init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
      status: 400,
      error: 'invalid_request',
    },
    'a body of 1 MB': {
      init: { method: 'POST', headers: FORM, body: `grant_type=${'x'.repeat(1_000_000)}` },
      status: 400,
      error: 'invalid_request',
    },
    'a broken Authorization header': {
      init: { method: 'POST', headers: { ...FORM, authorization: 'Basic %%%' }, body: 'grant_type=client_credentials' },
      status: 400,
      error: 'invalid_request',
    },
    "a browser's Accept": {
      init: { method: 'POST', headers: { ...FORM, accept: 'text/html' }, body: 'grant_type=client_credentials' },
      status: 400,
      error: 'invalid_request',
    },
    'GET for a token': { init: {}, status: 404, error: 'invalid_request' },
    'the end of a session, which is off': { init: {}, path: '/session/end', status: 404, error: 'invalid_request' },
    'a form at the authorization endpoint': {
      init: { method: 'POST', headers: FORM, body: 'client_id=openbulk-console' },
      path: '/auth',
      status: 404,
      error: 'invalid_request',
    },
    'registration, which is off': {
      init: { method: 'POST' },
      path: '/reg',
      status: 404,
      error: 'invalid_request',
    },
    'no path': { init: {}, path: '/', status: 404, error: 'invalid_request' },
    'a strange path': { init: {}, path: '/%00//token/x', status: 404, error: 'invalid_request' },
  };

  test.each(Object.entries(cases))('%s', async (_name, { init, path = '/token', status, error }) => {
    const response = await fetch(`${server.issuer}${path}`, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) });
  });

  test("a page of another origin may not use a client's secret", async () => {
    const answer = await ask(post(client), { origin: 'https://evil.example' });
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 400, error: 'invalid_request' });
    expect((await ask(post(client), { origin: server.origin })).status).toBe(200);
  });

  test('a fault of ours is a 500 that tells nothing, and is reported', async () => {
    await database.pool.query('alter table clients rename to gone');
    const answer = await ask(post(client));
    await database.pool.query('alter table gone rename to clients');
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 500,
      body: { error: 'server_error', error_description: 'the request could not be processed' },
    });
    expect(reported).toHaveBeenCalledWith(expect.objectContaining({ message: 'relation "clients" does not exist' }));
  });

  test.each([
    ['by a program', {}],
    ['by a browser', { accept: 'text/html' }],
  ])('a database that is away is a 503 with Retry-After, asked %s', async (_name, headers) => {
    const way = await cuttable(database.url);
    const pool = openPool({ url: way.url, applicationName: 'openbulk test', max: 1 });
    const away = await serveIssuer(pool);
    await way.cut();
    const response = await fetch(`${away.issuer}/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials', ...post(client) }),
    });
    await away.close();
    await pool.end();
    expect({ status: response.status, retryAfter: response.headers.get('retry-after') }).toEqual({
      status: 503,
      retryAfter: '5',
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
    expect(reported).toHaveBeenCalled();
  });
});

describe('the authorization endpoint', () => {
  const asked = {
    response_type: 'code',
    client_id: 'openbulk-console',
    redirect_uri: 'http://localhost:1234/auth/callback',
    scope: 'openid',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  };
  async function authorize(change: Record<string, string>) {
    const query = new URLSearchParams({ ...asked, ...change });
    const answer = await fetch(`${server.issuer}/auth?${query}`, { redirect: 'manual' });
    return [answer.status, answer.headers.get('location')] as const;
  }

  test('asks who is there, for the console on this machine at whatever port', async () => {
    expect(await authorize({})).toEqual([303, expect.stringMatching(/^\/oauth2\/interaction\/[\w-]{43}$/)]);
  });

  test.each([
    ['an address elsewhere', { redirect_uri: 'http://evil.example/auth/callback' }],
    ['a name like that of this machine', { redirect_uri: 'http://localhost.evil.example:1234/auth/callback' }],
    ['another path', { redirect_uri: 'http://localhost:1234/elsewhere' }],
    ['another client', { client_id: 'unknown' }],
  ])('sends nobody on for %s', async (_name, change) => {
    expect(await authorize(change)).toEqual([303, '/auth/failed']);
  });

  test('is for the console alone', async () => {
    expect(await authorize({ client_id: client.clientId })).toEqual([303, '/auth/failed']);
  });

  test.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }],
    ['with the challenge itself', { code_challenge_method: 'plain' }],
    ['for a token in the address', { response_type: 'token' }],
  ])('gives nothing %s', async (_name, change) => {
    const [status, location] = await authorize(change);
    expect([status, location]).toEqual([
      303,
      expect.stringMatching(/^http:\/\/localhost:1234\/auth\/callback[?#]error=/),
    ]);
  });
});

describe('metadata', () => {
  test.each(['openid-configuration', 'oauth-authorization-server'])(
    '%s names what is there, and no more',
    async (name) => {
      const response = await fetch(`${server.issuer}/.well-known/${name}`);
      expect(await response.json()).toEqual({
        issuer: server.issuer,
        authorization_endpoint: `${server.issuer}/auth`,
        token_endpoint: `${server.issuer}/token`,
        code_challenge_methods_supported: ['S256'],
        jwks_uri: `${server.issuer}/jwks`,
        scopes_supported: expect.arrayContaining([...ALL_PERMISSIONS]),
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
      });
    },
  );

  test('its links do not follow Host or X-Forwarded headers', async () => {
    const { port } = new URL(server.origin);
    const req = request({
      port,
      host: '127.0.0.1',
      path: '/oauth2/.well-known/openid-configuration',
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    req.end();
    const [response] = await once(req, 'response');
    const text = Buffer.concat(await response.toArray()).toString();
    expect(JSON.parse(text)).toMatchObject({ issuer: server.issuer, token_endpoint: `${server.issuer}/token` });
    expect(text).not.toContain('evil');
  });

  test('the key set is public, and verifies a token for a client that knows only the issuer', async () => {
    const response = await fetch(`${server.issuer}/jwks`);
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const remote = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const token = tokenOf(await ask(post(client)));
    await expect(jwtVerify(token, remote, { issuer: server.issuer, audience: server.origin })).resolves.toBeDefined();
  });
});

describe('tokens', () => {
  test('of the issuer verify, and give the client with its organization and permissions', async () => {
    const { verify } = embeddedVerifier({ pool: database.pool, issuer: server.issuer });
    expect(await verify(tokenOf(await ask(post(client))))).toEqual({
      id: parseId(client.clientId),
      kind: 'client',
      clientId: client.clientId,
      fullName: 'test',
      organizations: new Set([organizationId]),
      permissions: new Set(permissions),
    });
  });

  test('minted on the command line verify, with the same claims', async () => {
    const deps = { pool: database.pool, secret, issuer: server.issuer };
    const request = { organizationId, permissions: ALL_PERMISSIONS, ttlSeconds: 60 };
    const { verify } = embeddedVerifier(deps);
    const minted = await mintToken(deps, request);
    expect(await verify(minted)).toMatchObject({
      kind: 'client',
      clientId: 'openbulk-cli',
      organizations: new Set([organizationId]),
      permissions: new Set(ALL_PERMISSIONS),
    });
    const issued = tokenOf(await ask(post(client)));
    expect(Object.keys(decodeJwt(minted)).sort()).toEqual(Object.keys(decodeJwt(issued)).sort());
    expect(decodeProtectedHeader(minted)).toEqual(decodeProtectedHeader(issued));
    const { exp = 0, iat = 0 } = decodeJwt(minted);
    expect(exp - iat).toBe(60);
  });

  test('minted for a subject speak for it', async () => {
    const deps = { pool: database.pool, secret, issuer: server.issuer };
    const subject = toHex24(newId());
    const token = await mintToken(deps, { organizationId, permissions: [], ttlSeconds: 60, subject });
    expect(await embeddedVerifier(deps).verify(token)).toMatchObject({ id: parseId(subject), kind: 'user' });
  });

  test.each([0, -1, 1.5, Number.NaN, 30 * 86_400 + 1])('are not minted for %d seconds', async (ttlSeconds) => {
    const deps = { pool: database.pool, secret, issuer: server.issuer };
    await expect(mintToken(deps, { organizationId, permissions: [], ttlSeconds })).rejects.toThrow(RangeError);
  });

  test('of a client that was revoked are refused within a minute', async () => {
    const revoked = await anotherClient();
    const token = tokenOf(await ask(post(revoked)));
    const clock = { now: Date.now() };
    const { verify } = embeddedVerifier({ pool: database.pool, issuer: server.issuer, now: () => clock.now });
    await verify(token);
    await revoke(revoked);
    clock.now += 60_000;
    await expect(verify(token)).rejects.toMatchObject({ kind: 'invalid', message: 'The access token was revoked' });
    const elsewhere = embeddedVerifier({ pool: database.pool, issuer: server.issuer });
    await expect(elsewhere.verify(token)).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('of a client that was deleted are refused', async () => {
    const deleted = await anotherClient();
    const token = tokenOf(await ask(post(deleted)));
    await database.pool.query('delete from clients where id = $1', [parseId(deleted.clientId)]);
    const { verify } = embeddedVerifier({ pool: database.pool, issuer: server.issuer });
    await expect(verify(token)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('keys', () => {
  test('ten processes that start at once on a fresh database have one signing key and one cookie key', async () => {
    const fresh = await createTestDatabase();
    try {
      const loaded = await Promise.all(Array.from({ length: 10 }, () => loadIssuerKeys({ pool: fresh.pool, secret })));
      expect(new Set(loaded.map((keys) => JSON.stringify(keys))).size).toBe(1);
      expect(loaded[0]?.signing).toHaveLength(1);
      expect(loaded[0]?.cookies).toHaveLength(1);
    } finally {
      await fresh.drop();
    }
  });

  test('two issuers on one database are one: the token of each verifies by the keys of the other', async () => {
    const other = await serveIssuer(database.pool);
    try {
      const [here, there] = await Promise.all(
        [server, other].map(async ({ issuer }) => (await fetch(`${issuer}/jwks`)).json()),
      );
      expect(here).toEqual(there);
    } finally {
      await other.close();
    }
  });

  test('nothing private leaves the database where only verifying is done', async () => {
    const { keys } = await embeddedKeys({ pool: database.pool }).load();
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  describe('after a rotation', () => {
    const request = { permissions: [], ttlSeconds: 60 };
    let rotated: TestDatabase;
    let clock: { now: number };
    let running: RunningIssuer;
    let own: ClientCredentials;
    let before: string;
    let kid: string;

    beforeEach(async () => {
      rotated = await createTestDatabase();
      await rotated.pool.query(`insert into organizations (id, slug, name) values ($1, 'demo', 'Demo')`, [
        organizationId,
      ]);
      own = await createClient({ pool: rotated.pool }, { organizationId, permissions: [], name: 'own' });
      clock = { now: Date.now() };
      running = await serveIssuer(rotated.pool, () => clock.now);
      before = await mint();
      await pass(60);
      kid = await rotateKeys({ pool: rotated.pool, secret });
    });
    afterEach(async () => {
      await running.close();
      await rotated.drop();
    });

    const mint = () =>
      mintToken({ pool: rotated.pool, secret, issuer: running.issuer }, { organizationId, ...request });
    const kidOf = (token: string) => decodeProtectedHeader(token).kid;
    const published = async () => {
      const { keys } = (await (await fetch(`${running.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      return keys.map((key) => key.kid);
    };
    const issued = async () => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...post(own) });
      const response = await fetch(`${running.issuer}/token`, { method: 'POST', body });
      return ((await response.json()) as { access_token: string }).access_token;
    };
    async function pass(seconds: number): Promise<void> {
      clock.now += seconds * 1000;
      await rotated.pool.query('update issuer_keys set created_at = created_at - make_interval(secs => $1)', [seconds]);
    }

    test('a running process publishes the new key within 30 s, and signs with it after a minute, without a restart', async () => {
      await pass(30);
      expect(await published()).toEqual([kidOf(before), kid]);
      expect([kidOf(await issued()), kidOf(await mint())]).toEqual([kidOf(before), kidOf(before)]);
      await pass(30);
      expect([kidOf(await issued()), kidOf(await mint())]).toEqual([kid, kid]);
      expect(await published()).toEqual([kid, kidOf(before)]);
    });

    test('what the older key signed still verifies', async () => {
      await pass(60);
      const after = await mint();
      const { verify } = embeddedVerifier({ pool: rotated.pool, issuer: running.issuer });
      expect(kidOf(after)).not.toBe(kidOf(before));
      await expect(Promise.all([verify(before), verify(after)])).resolves.toHaveLength(2);
    });

    test('a process that cannot read the keys goes on with those it has', async () => {
      await rotated.pool.query('alter table issuer_keys rename to gone');
      await pass(30).catch(() => {});
      expect(await published()).toEqual([kidOf(before)]);
      expect(kidOf(await issued())).toBe(kidOf(before));
      expect(reported).toHaveBeenCalledTimes(1);
    });
  });
});

test("a client that goes away before its answer is nobody's problem", async () => {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...post(client) }).toString();
  const lines = ['POST /oauth2/token HTTP/1.1', 'Host: x', `Content-Type: ${FORM['content-type']}`];
  const vanish = async (sent: string, busy: () => Promise<unknown>): Promise<void> => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    await once(socket, 'connect');
    const received = once(server.http, 'request');
    const text = [...lines, `Content-Length: ${form.length}`, '', sent].join('\r\n');
    socket.write(text);
    const [request] = await received;
    await expect.poll(() => request.socket.bytesRead).toBe(text.length);
    await busy();
    const gone = new Promise((resolve) => request.socket.once('close', resolve));
    socket.resetAndDestroy();
    await gone;
  };
  const holder = await database.pool.connect();
  await holder.query('begin');
  // So that the issuer is still busy with the request when its client goes.
  await holder.query('lock table clients in access exclusive mode');
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await vanish(form, () => expect.poll(async () => (await database.pool.query(waiting)).rowCount).toBe(1));
  await vanish(form.slice(0, 10), async () => {});
  await holder.query('commit');
  holder.release();
  expect((await ask(post(client))).status).toBe(200);
  expect(reported).not.toHaveBeenCalled();
});

test('in all this nothing was printed', () => {
  expect(printed).toEqual([]);
});
