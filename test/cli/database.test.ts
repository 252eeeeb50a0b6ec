import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findClient, secretMatches } from '../../src/auth/clients/clients.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { embeddedVerifier } from '../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endCommands, openbulk, temporaryFolder } from './command.ts';
import { runHere, type Said } from './in-process.ts';

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  folder = await temporaryFolder();
});
afterEach(endCommands);
afterAll(async () => {
  await folder.remove();
  await database.drop();
});

function run(...args: string[]): Promise<Said> {
  return runHere(args, { DATABASE_URL: database.url, OPENBULK_DATA: folder.path });
}

test('migrate brings a database that has nothing to the version of the program, and can be run again', async () => {
  for (let times = 0; times < 2; times += 1) {
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: '', stderr: 'The database is up to date.\n' });
  }
  const { rows } = await database.pool.query('select count(*)::int as applied from schema_migrations');
  expect(rows[0].applied).toBeGreaterThan(0);
});

describe('token', () => {
  test('prints a token alone on stdout, with all permissions for an hour, that the server accepts', async () => {
    const { code, stdout, stderr } = await run('token');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const token = stdout.trim();
    const { iss = '', exp = 0, iat = 0 } = decodeJwt(token);
    expect(exp - iat).toBe(3600);
    const principal = await embeddedVerifier({ pool: database.pool, issuer: iss }).verify(token);
    expect([...principal.permissions]).toEqual([...ALL_PERMISSIONS]);
    const { rows } = await database.pool.query("select id from organizations where slug = 'demo'");
    expect([...principal.organizations]).toEqual([rows[0].id]);
  });

  test('takes permissions and a time to live', async () => {
    const { stdout } = await run('token', '--permissions', 'base.bulk.management.get', '--ttl', '90s');
    const { exp = 0, iat = 0, scope } = decodeJwt(stdout.trim());
    expect({ seconds: exp - iat, scope }).toEqual({ seconds: 90, scope: 'base.bulk.management.get' });
  });

  test('of an organization that does not exist is an error of usage that says so', async () => {
    const { code, stdout, stderr } = await run('token', '--org', 'nobody');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('No organization is named "nobody". "openbulk org list"');
  });
});

describe('org', () => {
  test('create makes one that list shows, and refuses to make it twice', async () => {
    const made = await run('org', 'create', 'acme', '--name', 'Acme & Sons', '--json');
    expect(made.code).toBe(0);
    const organization = JSON.parse(made.stdout);
    expect(organization).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), slug: 'acme', name: 'Acme & Sons' });
    const listed = JSON.parse((await run('org', 'list', '--json')).stdout);
    expect(listed).toContainEqual(organization);
    const again = await run('org', 'create', 'acme');
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: 'error: An organization named acme already exists.\n' });
  });

  test('create refuses a slug that is none, with exit code 2', async () => {
    expect(await run('org', 'create', 'a b')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('client', () => {
  test('create shows id and secret, list shows it without the secret, revoke ends it', async () => {
    const made = await run(
      'client',
      'create',
      '--name',
      'Nightly',
      '--permissions',
      'base.bulk.management.create',
      '--json',
    );
    expect(made.code).toBe(0);
    const { clientId, clientSecret } = JSON.parse(made.stdout);
    const client = await findClient(database, clientId);
    expect(client).toMatchObject({ name: 'Nightly', permissions: ['base.bulk.management.create'] });
    expect(client?.secretHashes.map((hash) => secretMatches(clientSecret, hash))).toEqual([true]);

    const listed = await run('client', 'list', '--org', 'demo');
    expect(listed.stdout).toMatch(new RegExp(`^${clientId} +demo +Nightly`, 'm'));
    expect(listed.stdout).not.toContain(clientSecret);

    const rotated = await run('client', 'rotate', clientId, '--json');
    expect(rotated.stderr).toMatch(/^Store the secret now: it is not shown again.\nThe old secret works until \d{4}-/);
    const { clientSecret: second, ...rest } = JSON.parse(rotated.stdout);
    expect(rest).toEqual({ clientId });
    expect(await works(clientId, clientSecret, second)).toEqual([true, true]);
    const third = JSON.parse((await run('client', 'rotate', clientId, '--grace', '0', '--json')).stdout).clientSecret;
    expect(await works(clientId, clientSecret, second, third)).toEqual([false, false, true]);
    expect(await run('client', 'rotate', clientId, '--grace', '366d')).toMatchObject({ code: 2, stdout: '' });

    expect(await run('client', 'revoke', clientId)).toMatchObject({ code: 0, stdout: '' });
    expect(await findClient(database, clientId)).toBeUndefined();
    expect(await run('client', 'revoke', clientId)).toMatchObject({ code: 1 });
    expect(await run('client', 'rotate', clientId)).toMatchObject({ code: 1, stdout: '' });
  });

  async function works(clientId: string, ...secrets: string[]): Promise<boolean[]> {
    const hashes = (await findClient(database, clientId))?.secretHashes ?? [];
    return secrets.map((secret) => hashes.some((hash) => secretMatches(secret, hash)));
  }
});

test('keys rotate adds a key and prints its id', async () => {
  const { code, stdout, stderr } = await run('keys', 'rotate');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^It is used for signing in one minute/);
  const { rows } = await database.pool.query(`select kid from issuer_keys where purpose = 'signing'`);
  expect(rows).toContainEqual({ kid: stdout.trim() });
});

describe('with the tokens of another issuer (OPENBULK_ISSUER)', () => {
  test.each([
    ['token', ['token']],
    ['client create', ['client', 'create', '--name', 'x']],
    ['keys rotate', ['keys', 'rotate']],
    ['client rotate', ['client', 'rotate', '0123456789abcdef01234567']],
  ])('%s says where tokens come from, and makes nothing', async (_name, args) => {
    const env = { DATABASE_URL: database.url, OPENBULK_ISSUER: 'https://login.example/realms/x' };
    const { code, stdout, stderr } = await runHere(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: This server accepts only tokens from https:\/\/login\.example\/realms\/x \(OPENBULK_ISSUER\)\. Get tokens there/,
    );
  });

  test('a command that starts a server for itself goes on with tokens of its own', async () => {
    const env = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, OPENBULK_ISSUER: 'https://login.example' };
    expect(await openbulk(['tasks', 'list'], { env }).ended).toMatchObject({ code: 0 });
  });
});
