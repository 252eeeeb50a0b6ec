import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ALL_PERMISSIONS, type Permission } from '../../../src/auth/permissions.ts';
import { embeddedVerifier } from '../../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { fromHex24, toHex24 } from '../../../src/task/ids.ts';
import { form, ISSUER, openServer, type TestServer, THREE_ROWS } from '../server.ts';

interface Route {
  readonly method: string;
  /** Below the organization; `:id` is a task's. */
  readonly path: string;
  readonly permission: Permission;
}

const routes: readonly Route[] = [
  { method: 'GET', path: '/bulk-tasks', permission: 'base.bulk.management.list' },
  { method: 'HEAD', path: '/bulk-tasks', permission: 'base.bulk.management.list' },
  { method: 'POST', path: '/bulk-tasks', permission: 'base.bulk.management.create' },
  { method: 'GET', path: '/bulk-tasks/:id', permission: 'base.bulk.management.get' },
  { method: 'HEAD', path: '/bulk-tasks/:id', permission: 'base.bulk.management.get' },
  { method: 'GET', path: '/bulk-tasks/:id/report', permission: 'base.bulk.management.get' },
  { method: 'POST', path: '/bulk-tasks/:id/pause', permission: 'base.bulk.management.update' },
  { method: 'POST', path: '/bulk-tasks/:id/resume', permission: 'base.bulk.management.update' },
  { method: 'POST', path: '/bulk-tasks/:id/cancel', permission: 'base.bulk.management.update' },
  { method: 'GET', path: '/bulk-tasks/:id/events', permission: 'base.bulk.management.get' },
  { method: 'DELETE', path: '/bulk-tasks/:id', permission: 'base.bulk.management.delete' },
  { method: 'GET', path: '/inventory-items', permission: 'inventory.item.management.list' },
  { method: 'GET', path: '/inventory-items/csv/sample', permission: 'inventory.item.management.list' },
  { method: 'GET', path: '/mdm/users', permission: 'mdm.global.mdmUser.list' },
  { method: 'GET', path: '/mdm/users/csv/sample', permission: 'mdm.global.mdmUser.list' },
];

let server: TestServer;
let acme: string;
let other: string;

beforeAll(async () => {
  server = await openServer();
  acme = await server.organization('acme');
  other = await server.organization('other');
});
afterAll(() => server.close());

function ask({ method, path }: Route, organization: string, id: string, token?: string) {
  const submission = method === 'POST' && /^\/bulk-tasks\/?$/.test(path);
  return server.ask(`/v1/organizations/${organization}${path.replace(':id', id)}`, {
    method,
    ...(token !== undefined && { token }),
    ...(submission && { body: form({ action: 'import-inventory-items' }, THREE_ROWS) }),
  });
}

async function taskOf(organizationId: string): Promise<string> {
  return toHex24((await server.submit(organizationId, 'import-inventory-items', THREE_ROWS)).id);
}

describe.each(routes)('$method $path', (route) => {
  const headless = route.method === 'HEAD';

  test('without a token is 401/4002', async () => {
    const answer = await ask(route, 'acme', await taskOf(acme));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="openbulk"');
    if (!headless) expect(answer.text).toBe('{"status":false,"error":{"code":4002,"message":"No auth token"}}');
  });

  test('with a bad token is 401/4004', async () => {
    const answer = await ask(route, 'acme', await taskOf(acme), 'not.a.token');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer realm="openbulk", error="invalid_token"');
    if (!headless) expect(answer.text).toBe('{"status":false,"error":{"code":4004,"message":"Invalid Token"}}');
  });

  test(`with every permission but its own is 403/4003, whatever it names`, async () => {
    const token = await server.token(
      acme,
      ALL_PERMISSIONS.filter((name) => name !== route.permission),
    );
    const answers = [
      await ask(route, 'acme', await taskOf(acme), token),
      await ask(route, 'other', await taskOf(other), token),
      await ask(route, 'nobody', 'nothing', token),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer realm="openbulk", error="insufficient_scope", scope="${route.permission}"`,
      );
      if (!headless) expect(answer.json.error?.code).toBe(4003);
      expect(answer.text).toBe(answers[0]?.text);
    }
  });

  test('with its own permission alone is allowed', async () => {
    const token = await server.token(acme, [route.permission]);
    const id = await taskOf(acme);
    // Ended, so that the stream of events ends and a deletion is allowed; steering it is a conflict, which is an answer as well.
    await server.pool.query(`update tasks set status = 'completed' where id = $1`, [fromHex24(id)]);
    expect((await ask(route, 'acme', id, token)).status).toBeOneOf([200, 202, 409]);
  });

  test('in an organization that the token may not see answers as in one that is not there', async () => {
    const token = await server.token(acme);
    const id = await taskOf(other);
    const answers = [
      await ask(route, 'other', id, token),
      await ask(route, toHex24(other), id, token),
      await ask(route, 'nobody', id, token),
      await ask(route, '0123456789abcdef01234567', id, token),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.text]).toEqual([
        404,
        headless ? '' : '{"status":false,"error":{"code":3001,"message":"Entity not found"}}',
      ]);
    }
  });

  test("another organization's task answers as one that is not there", async () => {
    if (!route.path.includes(':id')) return;
    const token = await server.token(acme);
    const theirs = await ask(route, 'acme', await taskOf(other), token);
    const none = await ask(route, 'acme', '0123456789abcdef01234567', token);
    expect([theirs.status, theirs.text]).toEqual([404, none.text]);
    expect(none.status).toBe(404);
    const { rows } = await server.pool.query('select count(*) as n from tasks where organization_id = $1', [other]);
    expect(rows[0].n).toBeGreaterThan(0);
  });

  test('is there with a slash at the end, too', async () => {
    if (headless) return;
    const token = await server.token(acme);
    const id = await taskOf(acme);
    await server.pool.query(`update tasks set status = 'completed' where id = $1`, [fromHex24(id)]);
    expect((await ask({ ...route, path: `${route.path}/` }, 'acme', id, token)).status).toBeOneOf([200, 202, 409]);
  });
});

test('the organization may be spelled by its slug, its 24 digits in any case, or its UUID', async () => {
  const token = await server.token(acme);
  for (const spelling of ['acme', toHex24(acme), toHex24(acme).toUpperCase(), acme]) {
    expect((await server.ask(`/v1/organizations/${spelling}/bulk-tasks`, { token })).status).toBe(200);
  }
});

test('the task may be spelled by its 24 digits in any case, or its UUID', async () => {
  const token = await server.token(acme);
  const id = await taskOf(acme);
  for (const spelling of [id, id.toUpperCase(), fromHex24(id)]) {
    const answer = await server.ask(`/v1/organizations/acme/bulk-tasks/${spelling}`, { token });
    expect(answer.json.data?.id).toBe(id);
  }
});

test('a token that expired is 401/4004', async () => {
  const { pool } = server;
  const later = () => Date.now() + 3_600_000;
  const clocked = await openServer({ verifier: embeddedVerifier({ pool, issuer: ISSUER, now: later }) });
  try {
    const answer = await clocked.ask('/v1/organizations/acme/bulk-tasks', { token: await server.token(acme) });
    expect([answer.status, answer.text]).toEqual([
      401,
      '{"status":false,"error":{"code":4004,"message":"Invalid Token"}}',
    ]);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  } finally {
    await clocked.close();
  }
});

test('a token that is forged, or not written as one is 401/4004', async () => {
  const forged = await new SignJWT({ scope: ALL_PERMISSIONS.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .sign(Buffer.alloc(32));
  for (const header of ['Bearer', 'Bearer ', 'Bearer a b', `Bearer ${forged}`, 'bearer x,y']) {
    const answer = await server.ask('/v1/organizations/acme/bulk-tasks', { headers: { authorization: header } });
    expect([header, answer.status, answer.json.error?.code]).toEqual([header, 401, 4004]);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
  const basic = await server.ask('/v1/organizations/acme/bulk-tasks', { headers: { authorization: 'Basic eDp5' } });
  expect([basic.status, basic.json.error?.code]).toEqual([401, 4002]);
});

describe('an organization that was named a moment ago', () => {
  const list = (organization: string, token: string) =>
    server.ask(`/v1/organizations/${organization}/bulk-tasks`, { token });

  test('is still not there for a token that may not see it', async () => {
    const id = await server.organization('secret');
    const [own, strange] = [await server.token(id), await server.token(other)];
    for (const name of ['secret', id, toHex24(id)]) {
      expect((await list(name, own)).status).toBe(200);
      expect((await list(name, strange)).status).toBe(404);
    }
  });

  test('costs the same work where it is not there and where the token may not see it: none', async () => {
    const id = await server.organization('hidden');
    const token = await server.token(other);
    await list('other', token);
    const queries = vi.spyOn(server.pool, 'query');
    try {
      for (const name of ['hidden', 'hidden-', id, toHex24(id), '0123456789abcdef01234567', 'no', '\0']) {
        expect([name, (await list(encodeURIComponent(name), token)).status]).toEqual([name, 404]);
        expect([name, queries.mock.calls.length]).toEqual([name, 0]);
      }
    } finally {
      queries.mockRestore();
    }
  });

  test('is found as soon as it is made', async () => {
    expect((await list('newborn', await server.token(other))).status).toBe(404);
    const id = await server.organization('newborn');
    expect((await list('newborn', await server.token(id))).status).toBe(200);
  });

  test('is known for a minute without asking the database, and no longer', async () => {
    const id = await server.organization('renamed');
    const token = await server.token(id);
    expect((await list('renamed', token)).status).toBe(200);
    await server.pool.query("update organizations set slug = 'another-name' where id = $1", [id]);
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now');
    try {
      clock.mockReturnValue(now + 50_000);
      expect((await list('renamed', token)).status).toBe(200);
      clock.mockReturnValue(now + 61_000);
      expect((await list('renamed', token)).status).toBe(404);
      expect((await list('another-name', token)).status).toBe(200);
    } finally {
      clock.mockRestore();
    }
  });
});
