import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TokenError } from '../../src/auth/tokens/token-error.ts';
import { type ExternalVerifierOptions, externalVerifier } from '../../src/auth/tokens/verifiers/external-verifier.ts';
import { isOutage, openPool } from '../../src/store/connection/pool.ts';
import { newId, toHex24 } from '../../src/task/ids.ts';
import { cuttable } from '../support/crashes/cuttable.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  AUDIENCE,
  INTROSPECT,
  INTROSPECTION,
  JWKS,
  METADATA,
  makeKey,
  OPENID_METADATA,
  openTestIssuer,
  type Reply,
  SCOPE,
  type TestIssuer,
  type TestKey,
} from '../support/sign-in/issuer.ts';

let database: TestDatabase;
let issuer: TestIssuer;
const acme = newId();
const other = newId();
const second = makeKey('second');

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`insert into organizations (id, slug, name) values ($1, 'acme', 'A'), ($2, 'other', 'O')`, [
    acme,
    other,
  ]);
});
beforeEach(async () => {
  issuer = await openTestIssuer();
});
afterEach(() => issuer.stop().catch(() => {}));
afterAll(() => database.drop());

function setUp(options: Partial<ExternalVerifierOptions> = {}) {
  const clock = { now: Date.now() };
  const { verify } = externalVerifier({
    pool: database.pool,
    issuer: issuer.url,
    audience: AUDIENCE,
    now: () => clock.now,
    ...options,
  });
  return { clock, verify };
}

const INVALID = { kind: 'invalid', message: 'The access token is invalid' };
const UNAVAILABLE = { kind: 'unavailable', message: 'The access token cannot be verified at the moment' };

/** A redirect to what would be answered at `path`. */
function moved(path: string): Reply {
  issuer.replies.set('/moved', issuer.replies.get(path) ?? {});
  return { status: 307, headers: { location: '/moved' } };
}

let serial = 0;
/** Never seen before, so not in any cache. */
function fresh(claims: object = {}): string {
  serial += 1;
  return issuer.token({ claims: { jti: String(serial), ...claims } });
}

describe('a token of the issuer', () => {
  test('gives its principal, with the organization that it names by slug', async () => {
    expect(await setUp().verify(issuer.token())).toMatchObject({
      kind: 'user',
      clientId: 'portal',
      organizations: new Set([acme]),
      permissions: new Set(SCOPE.split(' ')),
    });
  });

  test.each([
    ['at+jwt', 'at+jwt'],
    ['application/at+jwt', 'application/AT+JWT'],
    ['JWT', 'JWT'],
    ['nothing', undefined],
  ])('may say that it is of type %s', async (_name, typ) => {
    await expect(setUp().verify(issuer.token({ header: { typ } }))).resolves.toBeDefined();
  });

  test.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', '', { toString: 1 }, null, 7])(
    'is refused when it is of type %j',
    async (typ) => {
      await expect(setUp().verify(issuer.token({ header: { typ } }))).rejects.toMatchObject(INVALID);
    },
  );

  test.each([{ nonce: 'n' }, { at_hash: 'x' }])('is refused as an ID token when it has %j', async (claims) => {
    await expect(setUp().verify(issuer.token({ header: { typ: 'JWT' }, claims }))).rejects.toMatchObject(INVALID);
  });

  test('may be for several audiences, ours among them', async () => {
    const { verify } = setUp();
    await expect(verify(fresh({ aud: ['account', AUDIENCE] }))).resolves.toBeDefined();
    await expect(verify(fresh({ aud: ['account'] }))).rejects.toMatchObject(INVALID);
  });
});

describe('the claims', () => {
  const roles = ['base.bulk.management.get', 'task.view'];
  const permissionsOf = async (name: string, claims: object) => {
    const { verify } = setUp({ claims: { permissions: [name] } });
    return [...(await verify(fresh(claims))).permissions];
  };

  test.each([
    ['realm_access.roles', { realm_access: { roles } }],
    ['/realm_access/roles', { realm_access: { roles } }],
    ['https://example.com/permissions', { 'https://example.com/permissions': roles }],
    ['/resource_access/my.client/roles', { resource_access: { 'my.client': { roles } } }],
    ['/a~1b/c~0d', { 'a/b': { 'c~d': roles } }],
    ['a.b', { 'a.b': roles, a: { b: ['wrong'] } }],
    ['scp', { scp: roles.join(' ') }],
  ])('permissions may be at %s', async (name, claims) => {
    expect(await permissionsOf(name, claims)).toEqual(roles);
  });

  test.each([
    ['realm_access.roles', { realm_access: 'roles' }],
    ['realm_access.roles', { realm_access: null }],
    ['realm_access.roles.length', { realm_access: { roles } }],
    ['constructor.name', {}],
    ['__proto__', {}],
    ['scope', { scope: { toString: 'x' } }],
  ])('what is not at %s is no permission', async (name, claims) => {
    expect(await permissionsOf(name, { scope: undefined, ...claims })).toEqual([]);
  });

  test('organizations may be named by id in either spelling or by slug, together; others are nobody', async () => {
    const { verify } = setUp({ claims: { organizations: ['organization', 'groups.orgs'] } });
    const words = [toHex24(other).toUpperCase(), 'nobody', 'a\0b', "'; drop table organizations; --", 7, null];
    const { organizations } = await verify(fresh({ organization: acme, groups: { orgs: words } }));
    expect(organizations).toEqual(new Set([acme, other]));
    expect((await verify(fresh({ organization: 'other  acme' }))).organizations).toEqual(new Set([acme, other]));
    expect((await verify(fresh({ organization: 'ACME' }))).organizations).toEqual(new Set());
  });
});

test('a database that is away, where a slug is looked up, is no fault of token or issuer', async () => {
  const way = await cuttable(database.url);
  const pool = openPool({ url: way.url, applicationName: 'openbulk test', max: 1 });
  await way.cut();
  const failed = setUp({ pool }).verify(fresh());
  await expect(failed).rejects.toSatisfy(isOutage);
  await expect(failed).rejects.not.toBeInstanceOf(TokenError);
  await pool.end();
});

describe('discovery', () => {
  test('takes OpenID Connect where RFC 8414 is not answered', async () => {
    issuer.replies.set(OPENID_METADATA, issuer.replies.get(METADATA) ?? {});
    issuer.replies.delete(METADATA);
    await expect(setUp().verify(fresh())).resolves.toBeDefined();
    expect(issuer.asked).toEqual([METADATA, OPENID_METADATA, JWKS]);
  });

  test('takes OpenID Connect also where RFC 8414 meets with silence', async () => {
    issuer.replies.set(OPENID_METADATA, issuer.replies.get(METADATA) ?? {});
    issuer.replies.set(METADATA, 'silence');
    await expect(setUp().verify(fresh())).resolves.toBeDefined();
  });

  test.each<[string, () => Reply]>([
    ['names another issuer', () => ({ body: { issuer: `${issuer.url}/`, jwks_uri: new URL(JWKS, issuer.url) } })],
    ['names no keys', () => ({ body: { issuer: issuer.url } })],
    ['has its keys at http elsewhere', () => keysAt(new URL(JWKS, issuer.url.replace('127.0.0.1', 'localhost')))],
    ['has its keys in a file', () => keysAt('file:///etc/passwd')],
    ['has keys that are no text', () => keysAt(7)],
    ['is no JSON', () => ({ body: '<html>' })],
    ['is an array', () => ({ body: [] })],
    ['is an error', () => ({ status: 500, body: { issuer: issuer.url, jwks_uri: new URL(JWKS, issuer.url) } })],
    ['redirects', () => moved(METADATA)],
    [
      'is too long',
      () => ({ body: { issuer: issuer.url, jwks_uri: new URL(JWKS, issuer.url), x: 'x'.repeat(300_000) } }),
    ],
  ])('fails, as a fault of ours, when the document %s', async (_name, reply) => {
    issuer.replies.set(METADATA, reply());
    await expect(setUp().verify(fresh())).rejects.toMatchObject(UNAVAILABLE);
  });

  const keysAt = (place: unknown) => ({ body: { issuer: issuer.url, jwks_uri: place } });

  test.each<[string, () => Reply]>([
    ['no key set', () => ({ body: { keys: 'none' } })],
    ['no JSON', () => ({ body: '{' })],
    ['elsewhere', () => moved(JWKS)],
    ['too many', () => ({ body: { keys: issuer.keys.map(({ jwk }) => jwk), x: 'x'.repeat(300_000) } })],
  ])('fails likewise when the keys are %s', async (_name, reply) => {
    issuer.replies.set(JWKS, reply());
    await expect(setUp().verify(fresh())).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('the keys', () => {
  test('that cannot be used do not keep the others from serving', async () => {
    const [{ jwk }] = issuer.keys as [TestKey];
    const short = { ...jwk, kid: 'short', n: jwk.n?.slice(0, 171) };
    const odd = [null, 7, {}, { kty: 'RSA', kid: 'x' }, { kty: 'oct', kid: 'first', k: 'AAAA' }, { ...jwk, kid: 7 }];
    issuer.replies.set(JWKS, { body: { keys: [...odd, short, { ...jwk, key_ops: 'verify', x5c: [7] }] } });
    const { verify } = setUp();
    await expect(verify(fresh())).resolves.toBeDefined();
    for (const kid of ['short', 'x']) {
      await expect(verify(issuer.token({ header: { kid } }))).rejects.toMatchObject(INVALID);
    }
  });

  test('a token of a new key is accepted without a restart', async () => {
    const { verify, clock } = setUp();
    await verify(fresh());
    issuer.keys.unshift(second);
    clock.now += 30_000;
    await expect(verify(fresh())).resolves.toBeDefined();
    await expect(verify(issuer.token({ key: issuer.keys[1] as TestKey }))).resolves.toBeDefined();
  });

  test('500 tokens with unknown kids ask the issuer for its keys once in 30 s', async () => {
    const { verify, clock } = setUp();
    await verify(fresh());
    const flood = async () => {
      const tokens = Array.from({ length: 500 }, (_, i) => issuer.token({ header: { kid: `unknown ${i}` } }));
      for (const attempt of await Promise.allSettled(tokens.map(verify))) {
        expect(attempt).toMatchObject({ status: 'rejected', reason: INVALID });
      }
      return issuer.asked.filter((path) => path === JWKS).length;
    };
    clock.now += 29_000;
    expect(await flood()).toBe(1);
    clock.now += 1_000;
    expect(await flood()).toBe(2);
    clock.now += 29_999;
    expect(await flood()).toBe(2);
  });

  test('that are known go on serving while the issuer is down; what needs it is unavailable, what is no token invalid', async () => {
    const { verify, clock } = setUp();
    const later = { exp: clock.now / 1000 + 3_600 };
    const known = fresh(later);
    await verify(known);
    await issuer.stop();
    clock.now += 30_000;
    await expect(verify(fresh())).resolves.toBeDefined();
    await expect(verify(issuer.token({ key: second }))).rejects.toMatchObject(UNAVAILABLE);
    clock.now += 570_000;
    await expect(verify(known)).resolves.toBeDefined();
    await expect(verify(issuer.token({ key: second, claims: later }))).rejects.toMatchObject(UNAVAILABLE);
    await issuer.start();
    issuer.keys.unshift(second);
    clock.now += 30_000;
    await expect(verify(fresh(later))).resolves.toBeDefined();
  });

  test.each<[string, () => string]>([
    ['garbage', () => 'garbage'],
    ['three words', () => 'not.a.token'],
    ['claims that are none', () => issuer.token().replace(/\..*\./, '.AAAA.')],
    ['alg none', () => issuer.token({ header: { alg: 'none' } })],
    ['alg HS256', () => issuer.token({ header: { alg: 'HS256' } })],
    ['another issuer', () => issuer.token({ claims: { iss: 'https://evil.example' } })],
    ['another type', () => issuer.token({ header: { typ: 'logout+jwt' } })],
  ])('while the issuer is down, %s is invalid all the same, and nobody asks', async (_name, make) => {
    await issuer.stop();
    await expect(setUp().verify(make())).rejects.toMatchObject(INVALID);
    await issuer.start();
    await expect(setUp().verify(make())).rejects.toMatchObject(INVALID);
    expect(issuer.asked).toEqual([]);
  });

  test('of an issuer that is silent are given up after some seconds', { timeout: 10_000 }, async () => {
    issuer.silent = true;
    await expect(setUp().verify(fresh())).rejects.toMatchObject(UNAVAILABLE);
  });

  test('that come drop by drop are given up as well', { timeout: 10_000 }, async () => {
    issuer.replies.set(JWKS, 'drops');
    await expect(setUp().verify(fresh())).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('introspection', () => {
  const active = () => ({
    active: true,
    sub: 'alice',
    client_id: 'portal',
    organization: 'acme',
    scope: 'task.view x',
  });
  const setUpAsking = (options: Partial<ExternalVerifierOptions> = {}) =>
    setUp({ introspection: INTROSPECTION, ...options });
  const asked = () => issuer.asked.filter((path) => path === INTROSPECT).length;

  test('of an active token gives its principal', async () => {
    issuer.opaque.set('opaque', active());
    expect(await setUpAsking().verify('opaque')).toMatchObject({
      kind: 'user',
      clientId: 'portal',
      organizations: new Set([acme]),
      permissions: new Set(['task.view', 'x']),
    });
    expect(issuer.asked).toEqual([METADATA, INTROSPECT]);
  });

  test('of a client that acts for itself gives the client', async () => {
    issuer.opaque.set('opaque', { active: true, client_id: 'nightly' });
    expect(await setUpAsking().verify('opaque')).toMatchObject({ kind: 'client', clientId: 'nightly' });
  });

  test('is not asked about a JWT, true or forged', async () => {
    const { verify } = setUpAsking();
    await verify(fresh());
    await expect(verify(issuer.token({ key: { ...second, kid: 'first' } }))).rejects.toMatchObject(INVALID);
    expect(asked()).toBe(0);
  });

  test('is not asked when the server is no client of the issuer', async () => {
    issuer.opaque.set('opaque', active());
    await expect(setUp().verify('opaque')).rejects.toMatchObject(INVALID);
    expect(issuer.asked).toEqual([]);
  });

  test.each<[string, object]>([
    ['inactive', { active: false, sub: 'alice' }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'https://other.example' }],
    ['for other audiences', { aud: ['https://other.example', `${AUDIENCE}/x`] }],
    ['expired', { exp: Math.floor(Date.now() / 1000) - 10 }],
    ['good until a time that is none', { exp: 'tomorrow' }],
    ['not valid yet', { nbf: Math.floor(Date.now() / 1000) + 60 }],
    ['of nobody', { sub: undefined, client_id: undefined }],
    ['of a subject that is no text', { sub: { $ne: null } }],
  ])('refuses a token that is %s', async (_name, change) => {
    issuer.opaque.set('opaque', { ...active(), ...change });
    await expect(setUpAsking().verify('opaque')).rejects.toMatchObject({ kind: 'invalid' });
  });

  test.each<[string, () => Reply]>([
    ['is down', () => ({ status: 503, body: active() })],
    ['does not know the server', () => ({ status: 401 })],
    ['redirects', () => moved(INTROSPECT)],
    ['says nothing of being active', () => ({ body: { sub: 'alice' } })],
    ['says active in a word', () => ({ body: { ...active(), active: 'true' } })],
  ])('cannot tell while its endpoint %s', async (_name, reply) => {
    issuer.opaque.set('opaque', active());
    issuer.replies.set(INTROSPECT, reply());
    await expect(setUpAsking().verify('opaque')).rejects.toMatchObject(UNAVAILABLE);
  });

  test('cannot tell while the issuer is down or silent, and can when it is back', async () => {
    issuer.opaque.set('opaque', active());
    const { verify, clock } = setUpAsking();
    await issuer.stop();
    await expect(verify('opaque')).rejects.toMatchObject(UNAVAILABLE);
    await issuer.start();
    clock.now += 1_000;
    await expect(verify('opaque')).resolves.toBeDefined();
    issuer.silent = true;
    await expect(verify('another')).rejects.toMatchObject(UNAVAILABLE);
  });

  test('cannot tell when the issuer has no endpoint for it', async () => {
    issuer.replies.set(METADATA, { body: { issuer: issuer.url, jwks_uri: new URL(JWKS, issuer.url) } });
    await expect(setUpAsking().verify('opaque')).rejects.toMatchObject(UNAVAILABLE);
  });

  test('is asked once a minute for a token, by however many requests; a revoked one is refused within it', async () => {
    issuer.opaque.set('opaque', active());
    const { verify, clock } = setUpAsking();
    await Promise.all(Array.from({ length: 50 }, () => verify('opaque')));
    expect(asked()).toBe(1);
    issuer.opaque.delete('opaque');
    clock.now += 59_999;
    await expect(verify('opaque')).resolves.toBeDefined();
    clock.now += 1;
    await expect(verify('opaque')).rejects.toMatchObject({
      kind: 'invalid',
      message: 'The access token is not active',
    });
    expect(asked()).toBe(2);
  });

  test('is asked again when the token expires before the minute is over', async () => {
    const { verify, clock } = setUpAsking();
    issuer.opaque.set('opaque', { ...active(), exp: Math.floor(clock.now / 1000) + 10 });
    await verify('opaque');
    clock.now += 9_000;
    await verify('opaque');
    expect(asked()).toBe(1);
    clock.now += 7_000;
    await expect(verify('opaque')).rejects.toMatchObject({ kind: 'invalid', message: 'The access token expired' });
    expect(asked()).toBe(2);
  });
});
