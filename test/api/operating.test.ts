import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveMetrics } from '../../src/api/operating/metrics-listener.ts';
import { createClient } from '../../src/auth/clients/clients.ts';
import { askServer, openServer, type TestServer } from './server.ts';

let server: TestServer;
let organizationId: string;

beforeAll(async () => {
  server = await openServer();
  organizationId = await server.organization('acme');
});
afterAll(() => server.close());

test('the server says that it is alive and ready, with and without a slash', async () => {
  for (const path of ['/livez', '/livez/', '/readyz', '/readyz/']) {
    const answer = await server.ask(path);
    expect([path, answer.status, answer.json]).toEqual([path, 200, { status: 'ok' }]);
    expect((await server.ask(path, { method: 'HEAD' })).status).toBe(200);
  }
});

test('it is not ready where the database lacks its tables', async () => {
  const { createTestDatabase } = await import('../support/database.ts');
  const empty = await createTestDatabase({ migrated: false });
  const early = await openServer({ pool: empty.pool });
  try {
    const answer = await early.ask('/readyz');
    expect([answer.status, answer.json]).toEqual([503, { status: 'unavailable' }]);
  } finally {
    await early.close();
    await empty.drop();
  }
});

test('metrics are in the format of Prometheus, by route and not by path', async () => {
  const token = await server.token(organizationId);
  await server.submit(organizationId, 'import-mdm-users', 'email\na@b.cd\n');
  for (let i = 0; i < 5; i += 1) {
    await server.ask(`/v1/organizations/acme/bulk-tasks/${i}`, { token });
    await server.ask(`/nothing/${i}`);
  }
  const listener = await serveMetrics(server.app.metrics, { host: '127.0.0.1', port: 0 });
  const answer = await askServer(`http://127.0.0.1:${listener.port}/metrics`);
  await listener.close();
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(answer.text).toContain('openbulk_tasks{status="pending"} 1');
  expect(answer.text).toContain('openbulk_tasks{status="running"} 0');
  expect(answer.text).toContain('process_resident_memory_bytes');
  const counts = answer.text.split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count'));
  expect(counts).toContain(
    'http_request_duration_seconds_count{method="GET",route="/v1/organizations/:organizationId/bulk-tasks/:bulkTaskId",status="404"} 5',
  );
  expect(counts).toContain('http_request_duration_seconds_count{method="GET",route="none",status="404"} 5');
  expect(counts.join()).not.toContain('acme');
});

test('metrics are at an address of their own, where nothing else is', async () => {
  expect((await server.ask('/metrics')).status).toBe(404);
  const listener = await serveMetrics(server.app.metrics, { host: '127.0.0.1', port: 0 });
  try {
    const ask = (path: string, method = 'GET') => askServer(`http://127.0.0.1:${listener.port}${path}`, { method });
    expect((await ask('/metrics?x=1', 'HEAD')).status).toBe(200);
    for (const path of ['/', '/livez', '/v1/organizations/acme/bulk-tasks', '/metrics/', '/%6detrics']) {
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    }
    const { status, headers } = await ask('/metrics', 'POST');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  } finally {
    await listener.close();
  }
});

test('the embedded issuer gives a token at /oauth2/token that the API takes', async () => {
  const client = await createClient(server, {
    organizationId,
    name: 'test',
    permissions: ['base.bulk.management.list'],
  });
  const answer = await server.ask('/oauth2/token', {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`,
      'x-request-id': 'token-1',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-request-id')).toBe('token-1');
  const token = answer.json.access_token as unknown as string;
  expect((await server.ask('/v1/organizations/acme/bulk-tasks', { token })).status).toBe(200);
  expect((await server.ask('/v1/organizations/acme/inventory-items', { token })).status).toBe(403);
});

test("the issuer's metadata is where RFC 8414 and OpenID look for it", async () => {
  for (const path of [
    '/.well-known/oauth-authorization-server/oauth2',
    '/oauth2/.well-known/oauth-authorization-server',
    '/oauth2/.well-known/openid-configuration',
  ]) {
    const { json } = await server.ask(path);
    expect([path, json.token_endpoint]).toEqual([path, 'http://127.0.0.1:8080/oauth2/token']);
  }
});
