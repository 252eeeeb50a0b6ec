import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inviteAccount } from '../../src/auth/accounts/account-links.ts';
import { createClient } from '../../src/auth/clients/clients.ts';
import { listTokens, revokeToken } from '../../src/auth/clients/command-line-tokens.ts';
import { audienceOf } from '../../src/auth/issuer/issuer-identity.ts';
import { mintToken } from '../../src/auth/issuer/mint-token.ts';
import { listKeys, resetKeys, retireKey, rotateKeys } from '../../src/auth/keys/change-keys.ts';
import { type KeyAccess, loadIssuerKeys } from '../../src/auth/keys/issuer-keys.ts';
import { deriveSecretKey, SecretKeyError, sealSecret, unsealSecret } from '../../src/auth/keys/secret-key.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { embeddedVerifier } from '../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { openSecretKeys } from '../../src/boot/secret-keys.ts';
import { readConfig } from '../../src/config/config.ts';
import { newId, toHex24 } from '../../src/task/ids.ts';
import { ISSUER, type TestServer } from '../api/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Browser } from '../support/sign-in/browser.ts';
import { encode, signed } from '../support/sign-in/issuer.ts';
import { secret } from '../support/sign-in/secret.ts';
import { makeFirstAccount, openSignInServer, signIn } from '../support/sign-in/sign-in.ts';

const LIST = '/v1/organizations/acme/bulk-tasks';
const another = { current: deriveSecretKey(Buffer.alloc(32, 'another secret key')) };

async function withDatabase(use: (database: TestDatabase, organizationId: string) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  const organizationId = newId();
  try {
    const { pool } = database;
    await pool.query(`insert into organizations (id, slug, name) values ($1, 'acme', 'Acme')`, [organizationId]);
    await use(database, organizationId);
  } finally {
    await database.drop();
  }
}

/** The keys as a version of the program before had them: in clear. */
async function insertClear({ pool }: TestDatabase): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'clear', alg: 'RS256', use: 'sig' };
  const { kty, n, e, kid, alg, use } = jwk;
  await pool.query(
    `insert into issuer_keys (purpose, kid, public_key, secret, created_at) values
      ('signing', 'clear', $1, $2, now() - interval '1 day'),
      ('cookie', 'clear-cookie', null, to_jsonb('a cookie key'::text), now() - interval '1 day')`,
    [{ kty, n, e, kid, alg, use }, jwk],
  );
  return String(jwk.d);
}

describe('a copy of the database', () => {
  let server: TestServer;
  let acme: string;
  const secrets: string[] = [];

  beforeAll(async () => {
    server = await openSignInServer();
    acme = await server.organization('acme');
    await makeFirstAccount(server);
    const browser = new Browser(server.url);
    await signIn(browser);
    secrets.push(...[...browser.cookies.values()].map(({ value }) => value).filter((value) => value.length > 20));
    secrets.push(String(await inviteAccount(server.pool, { name: 'invited' })));
    const client = await createClient(server, { organizationId: acme, name: 'client', permissions: ALL_PERMISSIONS });
    const answer = await server.ask('/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.clientId,
        client_secret: client.clientSecret,
      }),
    });
    secrets.push(client.clientSecret, String(answer.json.access_token), await server.token(acme));
    const { signing, cookies } = await loadIssuerKeys({ pool: server.pool, secret });
    for (const { d, p, q, dp, dq, qi } of signing) secrets.push(...[d, p, q, dp, dq, qi].map(String));
    secrets.push(...cookies);
  });
  afterAll(() => server.close());

  test('has no secret in any of its tables', async () => {
    expect(secrets.length).toBeGreaterThan(10);
    const { rows: tables } = await server.pool.query(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss')`,
    );
    expect(tables.length).toBeGreaterThan(15);
    for (const { name } of tables) {
      const { rows } = await server.pool.query(`select to_jsonb(t)::text as row from ${name} t`);
      const text = rows.map(({ row }) => row).join('\n');
      const hex = (value: string) => Buffer.from(value).toString('hex');
      const found = secrets.filter((value) => text.includes(value) || text.includes(hex(value)));
      expect([name, found]).toEqual([name, []]);
    }
  });

  test('forges no token: whatever is in issuer_keys, what it signs is 401', async () => {
    const { rows } = await server.pool.query('select * from issuer_keys');
    expect(rows.length).toBeGreaterThan(1);
    const { kid, public_key: publicKey } = rows.find(({ purpose }) => purpose === 'signing');
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      aud: audienceOf(ISSUER),
      sub: 'thief',
      organization: toHex24(acme),
      scope: ALL_PERMISSIONS.join(' '),
      iat: seconds,
      exp: seconds + 600,
    };
    const { rows: known } = await server.pool.query('select id from command_line_tokens');
    const asPrinted = { ...claims, client_id: 'openbulk-cli', jti: known[0]?.id };
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const spki = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    // All that is there, as bytes, as text, and as what a hasty reader would take it for.
    const materials = rows.flatMap((row) => [
      ...Object.values(row).flatMap((value) =>
        value === null ? [] : [Buffer.isBuffer(value) ? value : JSON.stringify(value)],
      ),
      row.sealed.subarray(28),
      row.sealed_with,
    ]);
    const hmacs = [...materials, spki].map((material) => {
      const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(asPrinted)}`;
      return `${input}.${createHmac('sha256', material).update(input).digest('base64url')}`;
    });
    const rsa = materials.flatMap((material) => {
      try {
        return [createPrivateKey(material)];
      } catch {
        return [];
      }
    });
    expect(rsa).toEqual([]);
    const forged = [
      ...hmacs,
      ...[claims, asPrinted].flatMap((said) => [
        signed({ alg: 'RS256', typ: 'at+jwt', kid }, said, own),
        signed({ alg: 'RS256', typ: 'at+jwt', kid, jwk: createPublicKey(own).export({ format: 'jwk' }) }, said, own),
        `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(said)}.`,
      ]),
    ];
    for (const token of forged) {
      const { status } = await server.ask(LIST, { token });
      expect([token.slice(0, 60), status]).toEqual([token.slice(0, 60), 401]);
    }
  });
});

describe('a secret', () => {
  test('opens with its key and in its place, and nowhere else', () => {
    const sealed = sealSecret(secret.current, 'here', 'a secret');
    expect(sealed.toString('latin1')).not.toContain('a secret');
    expect(unsealSecret(secret.current, 'here', sealed)).toBe('a secret');
    expect(() => unsealSecret(secret.current, 'there', sealed)).toThrow(SecretKeyError);
    expect(() => unsealSecret(another.current, 'here', sealed)).toThrow(SecretKeyError);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unsealSecret(secret.current, 'here', changed)).toThrow(SecretKeyError);
    }
    expect(sealSecret(secret.current, 'here', 'a secret')).not.toEqual(sealed);
  });
});

describe('keys that lay in clear', () => {
  test('are encrypted by the first start, once, and others sign in their place', async () => {
    await withDatabase(async (database) => {
      const { pool } = database;
      const d = await insertClear(database);
      const loaded = await Promise.all(Array.from({ length: 10 }, () => loadIssuerKeys({ pool, secret })));
      expect(new Set(loaded.map((keys) => JSON.stringify(keys))).size).toBe(1);
      const { rows } = await pool.query('select *, retires_at - now() as rest from issuer_keys order by id');
      expect(JSON.stringify(rows)).not.toContain(d);
      expect(rows.map(({ purpose, secret: clear, sealed_with: by }) => [purpose, clear, by])).toEqual(
        ['signing', 'cookie', 'signing', 'cookie'].map((purpose) => [purpose, null, secret.current.id]),
      );
      expect(rows.map(({ rest }) => rest?.hours ?? null)).toEqual([1, 1, null, null]);
      // The new one signs when everybody knows it.
      expect(loaded[0]?.signing.map(({ kid }) => kid)).toEqual(['clear', rows[2].kid]);
      await pool.query(`update issuer_keys set created_at = created_at - interval '1 minute'`);
      expect((await loadIssuerKeys({ pool, secret })).signing[0].kid).toBe(rows[2].kid);
    });
  });

  test('go on verifying for as long as what they signed is good, and no longer', async () => {
    await withDatabase(async (database, organizationId) => {
      const { pool } = database;
      await insertClear(database);
      const request = { organizationId, permissions: [], ttlSeconds: 3600 };
      const token = await mintToken({ pool, secret, issuer: ISSUER }, request);
      expect(decodeProtectedHeader(token).kid).toBe('clear');
      const verify = () => embeddedVerifier({ pool, issuer: ISSUER }).verify(token);
      await expect(verify()).resolves.toBeDefined();
      await pool.query(`update issuer_keys set retires_at = now() where kid = 'clear'`);
      await expect(verify()).rejects.toMatchObject({ kind: 'invalid' });
    });
  });
});

describe('a process with another secret key', () => {
  test('says so in one sentence, and changes nothing', async () => {
    await withDatabase(async ({ pool }) => {
      await loadIssuerKeys({ pool, secret });
      const all = async () => (await pool.query('select * from issuer_keys order by id')).rows;
      const before = await all();
      for (const act of [loadIssuerKeys, rotateKeys, retire]) {
        await expect(act({ pool, secret: another })).rejects.toThrow(
          /^The issuer's keys in this database are encrypted with another secret key \([0-9a-f]{16}\) than .* OPENBULK_SECRET_KEY.* keys reset/,
        );
        expect(await all()).toEqual(before);
      }
    });
  });

  async function retire(access: KeyAccess): Promise<unknown> {
    return retireKey(access, String((await listKeys(access.pool))[0]?.kid));
  }

  test('that also has the one before encrypts all anew with it', async () => {
    await withDatabase(async ({ pool }) => {
      const before = await loadIssuerKeys({ pool, secret });
      const both = { ...another, previous: secret.current };
      const loaded = await Promise.all(Array.from({ length: 5 }, () => loadIssuerKeys({ pool, secret: both })));
      for (const keys of loaded) expect(keys).toEqual(before);
      expect(await loadIssuerKeys({ pool, secret: another })).toEqual(before);
      await expect(loadIssuerKeys({ pool, secret })).rejects.toThrow(SecretKeyError);
    });
  });

  test('can give up what is there', async () => {
    await withDatabase(async ({ pool }) => {
      const [lost] = (await loadIssuerKeys({ pool, secret })).signing;
      const kid = await resetKeys({ pool, secret: another });
      const keys = await loadIssuerKeys({ pool, secret: another });
      expect(keys.signing.map((key) => key.kid)).toEqual([kid]);
      expect(kid).not.toBe(lost.kid);
    });
  });
});

describe('a signing key that is retired', () => {
  test('ends what it has signed within a minute in every process, and nothing else', async () => {
    await withDatabase(async ({ pool }, organizationId) => {
      const access = { pool, secret };
      const mint = () => mintToken({ ...access, issuer: ISSUER }, { organizationId, permissions: [], ttlSeconds: 600 });
      const clock = { now: Date.now() };
      const processes = [0, 1].map(() => embeddedVerifier({ pool, issuer: ISSUER, now: () => clock.now }));
      const old = await mint();
      await pool.query(`update issuer_keys set created_at = created_at - interval '1 minute'`);
      await rotateKeys(access);
      await pool.query(`update issuer_keys set created_at = created_at - interval '1 minute'`);
      const young = await mint();
      for (const { verify } of processes) await Promise.all([verify(old), verify(young)]);
      expect(await retireKey(access, String(decodeProtectedHeader(old).kid))).toEqual({});
      clock.now += 60_000;
      for (const { verify } of processes) {
        await expect(verify(old)).rejects.toMatchObject({ kind: 'invalid', message: 'The access token was revoked' });
        await expect(verify(young)).resolves.toBeDefined();
      }
      expect((await listKeys(pool)).map(({ kid, state }) => [kid, state])).toEqual([
        [decodeProtectedHeader(young).kid, 'signs'],
      ]);
      expect(await retireKey(access, 'nobody')).toBeUndefined();
    });
  });

  test('and is the only one leaves another that signs at once; who is signed in stays so', async () => {
    const clock = { now: Date.now() };
    const server = await openSignInServer({}, () => clock.now);
    const { pool } = server;
    try {
      await server.organization('acme');
      await makeFirstAccount(server);
      const browser = new Browser(server.url);
      await signIn(browser);
      expect((await browser.ask(LIST)).status).toBe(200);
      const [{ kid } = { kid: '' }] = await listKeys(pool);
      const { made } = (await retireKey({ pool, secret }, kid)) ?? {};
      expect(made).toBeDefined();
      clock.now += 60_000;
      // So that the issuer of this process has looked.
      await expect.poll(async () => (await server.ask('/oauth2/jwks')).text).toContain(made);
      const all = await Promise.all(Array.from({ length: 4 }, () => browser.ask(LIST)));
      expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    } finally {
      await server.close();
    }
  });
});

describe('a token of the command line', () => {
  test('is listed with who made it and until when, and ends within a minute when it is revoked', async () => {
    await withDatabase(async ({ pool }, organizationId) => {
      const deps = { pool, secret, issuer: ISSUER };
      const request = { organizationId, permissions: ['task.view'], ttlSeconds: 600, madeBy: 'ada@host' } as const;
      const [token, other] = [await mintToken(deps, request), await mintToken(deps, request)];
      const clock = { now: Date.now() };
      const { verify } = embeddedVerifier({ pool, issuer: ISSUER, now: () => clock.now });
      const { tokenId = '' } = await verify(token);
      await verify(other);
      expect(await listTokens(pool)).toMatchObject([
        { id: tokenId, organization: 'acme', madeBy: 'ada@host', permissions: ['task.view'] },
        { organization: 'acme' },
      ]);
      expect(await listTokens(pool, newId())).toEqual([]);
      expect(await revokeToken(pool, tokenId)).toBe(true);
      expect(await revokeToken(pool, tokenId)).toBe(false);
      clock.now += 59_999;
      await expect(verify(token)).resolves.toBeDefined();
      clock.now += 1;
      await expect(verify(token)).rejects.toMatchObject({ kind: 'invalid' });
      await expect(verify(other)).resolves.toBeDefined();
      expect(await listTokens(pool)).toHaveLength(1);
    });
  });

  test('that the database does not know is refused, however well it is signed', async () => {
    await withDatabase(async ({ pool }, organizationId) => {
      const deps = { pool, secret, issuer: ISSUER };
      const token = await mintToken(deps, { organizationId, permissions: [], ttlSeconds: 600 });
      await pool.query('delete from command_line_tokens');
      const { verify } = embeddedVerifier({ pool, issuer: ISSUER });
      await expect(verify(token)).rejects.toMatchObject({ kind: 'invalid' });
    });
  });

  test('is forgotten a day after it expired', async () => {
    await withDatabase(async ({ pool }, organizationId) => {
      const deps = { pool, secret, issuer: ISSUER };
      const mint = () => mintToken(deps, { organizationId, permissions: [], ttlSeconds: 600 });
      await mint();
      await pool.query(`update command_line_tokens set expires_at = now() - interval '25 hours'`);
      await mint();
      expect((await pool.query('select from command_line_tokens')).rowCount).toBe(1);
    });
  });
});

describe('the file of the secret key', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openbulk-key-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const config = (env: Record<string, string> = {}) => readConfig({ OPENBULK_DATA: join(folder, 'data'), ...env });
  const file = () => join(folder, 'data.key');

  test('is made beside the data folder, for its owner alone, once, by however many processes', async () => {
    await withDatabase(async ({ pool }) => {
      const opened = await Promise.all(Array.from({ length: 10 }, () => openSecretKeys(pool, config())));
      expect(new Set(opened.map(({ current }) => current.id)).size).toBe(1);
      expect((await stat(file())).mode & 0o777).toBe(0o600);
      expect(await readFile(file(), 'utf8')).toMatch(/^[\w-]{43}\n$/);
      expect(await readdir(folder)).toEqual(['data.key']);
    });
  });

  test('that is missing is not made anew where the database has keys that it opens', async () => {
    await withDatabase(async ({ pool }) => {
      await loadIssuerKeys({ pool, secret: await openSecretKeys(pool, config()) });
      const text = await readFile(file(), 'utf8');
      await rm(file());
      await expect(openSecretKeys(pool, config())).rejects.toThrow(
        /^The issuer's keys in this database are encrypted, and the secret key is not in .*data\.key\. Restore that file/,
      );
      await expect(stat(file())).rejects.toMatchObject({ code: 'ENOENT' });
      const given = await openSecretKeys(pool, config({ OPENBULK_SECRET_KEY: text.trim() }));
      await expect(loadIssuerKeys({ pool, secret: given })).resolves.toBeDefined();
    });
  });

  test.each(['', 'short', `${randomBytes(31).toString('base64')}\n`])('that has %j is left as it is', async (text) => {
    await withDatabase(async ({ pool }) => {
      await writeFile(file(), text);
      await expect(openSecretKeys(pool, config())).rejects.toThrow(
        /^The file .*data\.key does not contain a secret key/,
      );
      expect(await readFile(file(), 'utf8')).toBe(text);
    });
  });
});

describe('OPENBULK_SECRET_KEY', () => {
  test.each([
    ['64 hex digits', 'ab'.repeat(32)],
    ['base64', Buffer.alloc(32, 1).toString('base64')],
    ['base64url, longer', Buffer.alloc(48, 255).toString('base64url')],
  ])('may be %s', (_name, text) => {
    expect(readConfig({ OPENBULK_SECRET_KEY: text }).secretKey.given?.length).toBeGreaterThanOrEqual(32);
  });

  test.each(['hunter2', 'ab'.repeat(31), 'correct horse battery staple correct horse battery staple'])(
    'must not be %j, and is not repeated in the error',
    (text) => {
      expect(() => readConfig({ OPENBULK_SECRET_KEY: text })).toThrow(
        /OPENBULK_SECRET_KEY must be at least 32 random bytes in base64 or hex.*; its value is not shown/,
      );
      expect(() => readConfig({ OPENBULK_SECRET_KEY: text })).not.toThrow(text);
    },
  );
});
