import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_PERMISSIONS } from '../../../src/auth/permissions.ts';
import { parseId, toHex24 } from '../../../src/task/ids.ts';
import { idsOf, makerOf, nobodys } from '../documents/ids.ts';
import { type Given, type Operation, readDocuments, undeclared } from '../documents/operations.ts';
import { plainRequest, send } from '../documents/requests.ts';
import { openServer, type TestServer } from '../server.ts';

/** Suites made from the OpenAPI documents: a further route of any dialect is in them by being there. */
const operations = (await readDocuments()).flatMap((document) => document.operations);

let server: TestServer;
let acme: string;
let other: string;

beforeAll(async () => {
  server = await openServer();
  acme = await server.organization('acme');
  other = await server.organization('other');
});
afterAll(() => server.close());

type Ids = Readonly<Record<string, string>>;

async function realIds(operation: Operation, organizationId: string): Promise<Ids> {
  const made = idsOf(operation).map(async (name) => [name, await makerOf(operation, name)(server, organizationId)]);
  return Object.fromEntries(await Promise.all(made));
}

async function ask(operation: Operation, ids: Ids, token: string): Promise<Given> {
  return send(server.port, operation, await plainRequest(operation, ids), token);
}

const NEW_ID = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}|\b[0-9a-f]{24}\b/g;
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** What an answer tells, without what it only repeats of the request, and without what is new each time. */
function told({ status, headers, text }: Given, ids: Ids): object {
  const spellings = Object.values(ids).flatMap((id) => [id, parseId(id) ?? id, toHex24(parseId(id) ?? id)]);
  const known = (value: string) => spellings.reduce((rest, id) => rest.replaceAll(id, '<id>'), value);
  const plain = (value: string) => known(value).replace(NEW_ID, '<new>').replace(MOMENT, '<moment>');
  // Whether the connection is kept depends on how much of a body had come when the answer went.
  const { date, connection, 'keep-alive': _, 'x-request-id': requestId, location, ...others } = headers;
  const body = plain(requestId ? text.replaceAll(String(requestId), '<request>') : text);
  return { status, body, location: location && plain(String(location)), headers: others };
}

describe.each(operations)('$method $path', (operation) => {
  const permission = operation['x-permission'];

  test('with every permission but its own is 403 and names it', async () => {
    const enough = [permission, ...(operation['x-permissions-instead'] ?? []).map((each) => each.permission)];
    const others = ALL_PERMISSIONS.filter((name) => !enough.includes(name));
    const { status, headers } = await ask(operation, await realIds(operation, acme), await server.token(acme, others));
    expect([status, headers['www-authenticate']]).toEqual([
      403,
      `Bearer realm="openbulk", error="insufficient_scope", scope="${permission}"`,
    ]);
  });

  test('with its own permission alone is let in', async () => {
    const token = await server.token(acme, [permission]);
    const given = await ask(operation, await realIds(operation, acme), token);
    expect(given.status).not.toBeOneOf([401, 403]);
    expect(given.status).toBeLessThan(500);
    expect(undeclared(operation, given)).toBeUndefined();
  });

  test("another organization's objects answer exactly like what does not exist", async () => {
    const token = await server.token(other);
    const theirs = await realIds(operation, acme);
    const own = 'organizationId' in theirs ? { organizationId: toHex24(other) } : {};
    const none = Object.fromEntries(Object.entries(theirs).map(([name, id]) => [name, nobodys(id)]));
    const before = await everything();
    const pairs = [
      [theirs, none],
      [
        { ...theirs, ...own },
        { ...none, ...own },
      ],
    ] as const;
    for (const [real, unreal] of pairs) {
      const answer = told(await ask(operation, real, token), real);
      expect(answer).toEqual(told(await ask(operation, unreal, token), unreal));
    }
    expect(await everything()).toEqual(before);
  });

  test("tells nothing of another organization's objects", async () => {
    const { id } = await server.submit(acme, 'import-inventory-items', 'basic.name\n');
    const ids = await realIds(operation, other);
    const { text } = await ask(operation, ids, await server.token(other));
    for (const secret of [id, toHex24(id), acme, toHex24(acme)]) expect(text).not.toContain(secret);
  });
});

/** Every task of the first organization, as it stands. */
async function everything(): Promise<unknown[]> {
  const { rows } = await server.pool.query(
    'select id, status, version from tasks where organization_id = $1 order by id',
    [acme],
  );
  return rows;
}

test('an id that nobody has said how to make is told of', () => {
  const [operation] = operations as [Operation];
  expect(() => makerOf(operation, 'horse_id')).toThrow(/takes the id "horse_id".*Add it/);
});
