import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/auth/clients/clients.ts';
import { ALL_PERMISSIONS } from '../../src/auth/permissions.ts';
import { type RunningServer, startServer } from '../../src/boot/serve.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { freePort, temporaryFolder } from '../cli/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { INTROSPECTION, openTestIssuer, type TestIssuer } from '../support/sign-in/issuer.ts';

/** What the settings of an issuer make of a server. */
let database: TestDatabase;
let issuer: TestIssuer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: RunningServer;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  issuer = await openTestIssuer();
});
afterEach(() => server.stop());
afterAll(async () => {
  await issuer.stop();
  await folder.remove();
  await database.drop();
});

async function serve(env: Record<string, string>): Promise<void> {
  const port = String(await freePort());
  server = await startServer(configOf({ PORT: port, ...env }), pino({ level: 'silent' }));
}

function configOf(env: Record<string, string>): Config {
  return readConfig({ DATABASE_URL: database.url, OPENBULK_DATA: folder.path, OPENBULK_WORKERS: '0', ...env });
}

async function get(path: string, token?: string) {
  const response = await fetch(server.url + path, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const LIST = '/v1/organizations/demo/bulk-tasks';
const PLACE = '/.well-known/oauth-protected-resource';

describe('OPENBULK_ISSUER', () => {
  test('has its tokens accepted for the URL of the server, and no issuer served here', async () => {
    await serve({ OPENBULK_ISSUER: issuer.url });
    const claims = { aud: server.url, organization: 'demo' };
    expect((await get(LIST, issuer.token({ claims }))).status).toBe(200);
    expect((await get(LIST, issuer.token({ claims: { ...claims, aud: `${server.url}/` } }))).status).toBe(401);
    for (const path of ['/oauth2/jwks', '/oauth2/token', '/.well-known/oauth-authorization-server/oauth2']) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  test('with all its settings', async () => {
    await serve({
      OPENBULK_ISSUER: issuer.url,
      OPENBULK_AUDIENCE: 'api://bulk',
      OPENBULK_INTROSPECTION_CLIENT: INTROSPECTION.clientId,
      OPENBULK_INTROSPECTION_SECRET: INTROSPECTION.clientSecret,
      OPENBULK_CLAIM_ORGANIZATION: 'https://example.com/tenant, tenants',
      OPENBULK_CLAIM_PERMISSIONS: 'realm_access.roles',
    });
    const claims = {
      aud: 'api://bulk',
      organization: undefined,
      scope: undefined,
      'https://example.com/tenant': 'demo',
      realm_access: { roles: ['base.bulk.management.list'] },
    };
    expect((await get(LIST, issuer.token({ claims }))).status).toBe(200);
    issuer.opaque.set('opaque', { active: true, sub: 'alice', ...claims });
    expect((await get(LIST, 'opaque')).status).toBe(200);
    expect((await get(LIST, 'unknown')).status).toBe(401);
    expect((await get(LIST, issuer.token({ claims: { ...claims, realm_access: undefined } }))).status).toBe(403);
  });

  test('may be another OpenBulk: what its clients get by client credentials is accepted here', async () => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    await serve({ OPENBULK_ISSUER: `${url}/oauth2`, OPENBULK_AUDIENCE: url });
    const other = await startServer(configOf({ PORT: port, OPENBULK_URL: url }), pino({ level: 'silent' }));
    try {
      const { rows } = await database.pool.query(`select id from organizations where slug = 'demo'`);
      const client = { organizationId: rows[0].id, name: 'nightly', permissions: ALL_PERMISSIONS };
      const { clientId, clientSecret } = await createClient({ pool: database.pool }, client);
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
      const answer = await fetch(`${url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      expect((await get(LIST, token)).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  test('lets a server start while the issuer is away', async () => {
    const away = await openTestIssuer();
    await away.stop();
    await serve({ OPENBULK_ISSUER: away.url });
    expect((await get('/readyz')).status).toBe(200);
  });
});

describe('RFC 9728 metadata', () => {
  const described = (resource: string, authorizationServer: string) => ({
    resource,
    authorization_servers: [authorizationServer],
    scopes_supported: ALL_PERMISSIONS,
    bearer_methods_supported: ['header'],
    resource_name: 'OpenBulk',
  });

  test('name the external issuer', async () => {
    await serve({ OPENBULK_ISSUER: issuer.url, OPENBULK_AUDIENCE: 'api://bulk' });
    expect(await get(PLACE)).toEqual({ status: 200, json: described(server.url, issuer.url) });
  });

  test('name the embedded issuer, and lie also where the path of the URL puts them', async () => {
    await serve({ OPENBULK_URL: 'https://example.com/bulk' });
    const json = described('https://example.com/bulk', 'https://example.com/bulk/oauth2');
    expect(await get(PLACE)).toEqual({ status: 200, json });
    expect(await get(`${PLACE}/bulk/`)).toEqual({ status: 200, json });
    expect((await get(`${PLACE}/other`)).status).toBe(404);
  });
});
