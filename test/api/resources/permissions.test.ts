import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Permission } from '../../../src/auth/permissions.ts';
import { form, openServer, type TestServer } from '../server.ts';
import { customers, type Desk, openDesk } from './desk.ts';

let server: TestServer;
let acme: Desk;

beforeAll(async () => {
  server = await openServer();
  acme = await openDesk(server, 'acme');
  await acme.put(customers());
  await acme.put({
    ...customers(),
    openbulk: { name: 'people', permissions: { readBy: 'task.index', importBy: 'resource.customers.import' } },
  });
});
afterAll(() => server.close());

const CREATE = 'base.bulk.management.create';
const LIST = 'base.bulk.management.list';
const submission = (resource: string) => form({ action: `import-${resource}` }, 'email,name\na@example.net,A\n');

/** Whether it is allowed, or which permission is missing. */
async function outcome(path: string, method: string, body: unknown, ...permissions: Permission[]): Promise<string> {
  const { status, headers, json } = await acme.ask(path, method, body, permissions);
  if (status < 300) return 'allowed';
  expect(status).toBe(403);
  const missing = /scope="([^"]*)"/.exec(headers.get('www-authenticate') ?? '')?.[1] ?? 'nothing said';
  const message = `The token does not have the required permission: ${missing}.`;
  expect(json).toMatchObject({ status: false, error: { code: 4003, message } });
  return missing;
}

test('declaring takes a permission of its own', async () => {
  const manage = 'base.bulk.resource.manage';
  for (const [path, method] of [
    ['/resources/x/plan', 'POST'],
    ['/resources/x', 'PUT'],
    ['/resources/x', 'DELETE'],
  ] as const) {
    expect(await outcome(path, method, customers(), LIST, 'resource.*.import')).toBe(manage);
  }
  expect(await outcome('/resources/customers/plan', 'POST', customers(), manage)).toBe('allowed');
});

test('an import takes the one of its resource, or that of every declared resource', async () => {
  const submit = (resource: string, ...permissions: Permission[]) =>
    outcome('/bulk-tasks', 'POST', submission(resource), CREATE, ...permissions);
  expect(await submit('customers')).toBe('resource.customers.import');
  expect(await submit('customers', 'resource.people.import', 'resource.customers.list')).toBe(
    'resource.customers.import',
  );
  expect(await submit('customers', 'resource.customers.import')).toBe('allowed');
  expect(await submit('customers', 'resource.*.import')).toBe('allowed');
  // Those that come with the program take no more than before.
  expect(await outcome('/bulk-tasks', 'POST', submission('mdm-users'), CREATE)).toBe('allowed');
});

test('a declaration can name other permissions', async () => {
  expect(await outcome('/bulk-tasks', 'POST', submission('people'), CREATE, 'resource.people.import')).toBe(
    'resource.customers.import',
  );
  expect(await outcome('/resources/people/records', 'GET', undefined, LIST, 'resource.*.list')).toBe('task.index');
  expect(await outcome('/resources/people/records', 'GET', undefined, LIST, 'task.index')).toBe('allowed');
});

test('records and sample files take the permission to list', async () => {
  for (const path of ['/resources/customers/records', '/resources/customers/csv/sample']) {
    expect(await outcome(path, 'GET', undefined, LIST)).toBe('resource.customers.list');
    expect(await outcome(path, 'GET', undefined, LIST, 'resource.*.export')).toBe('resource.customers.list');
    expect(await outcome(path, 'GET', undefined, LIST, 'resource.customers.list')).toBe('allowed');
    expect(await outcome(path, 'GET', undefined, LIST, 'resource.*.list')).toBe('allowed');
  }
  expect(await outcome('/resources/devices/records', 'GET', undefined, LIST, 'resource.*.list')).toBe(
    'network.device.management.list',
  );
  expect(await outcome('/resources', 'GET', undefined, LIST)).toBe('allowed');
});

/** The names of the resources that a token with these permissions sees. */
async function seen(...permissions: Permission[]): Promise<string[]> {
  const { status, json, text } = await acme.ask('/resources', 'GET', undefined, permissions);
  expect(status, text).toBe(200);
  return (json.data as unknown as { items: { name: string }[] }).items.map(({ name }) => name);
}

test.each<[Permission, string[]]>([
  [LIST, ['inventory-items', 'mdm-users', 'devices', 'identities', 'customers', 'people']],
  ...(['list', 'import', 'update', 'delete', 'export', 'act'] as const).map((verb): [Permission, string[]] => [
    `resource.customers.${verb}`,
    verb === 'import' ? ['customers', 'people'] : ['customers'],
  ]),
  ['resource.*.export', ['customers', 'people']],
  ['task.index', ['people']],
  ['base.bulk.resource.manage', ['customers', 'people']],
  ['network.device.management.list', ['devices']],
  ['actions.bulk.job.list', ['devices']],
  ['activityid.user.bulk.patch', ['identities']],
  [CREATE, ['inventory-items', 'mdm-users', 'devices']],
])('who has %s alone sees %j and no other resource', async (permission, names) => {
  expect(await seen(permission)).toEqual(names);
  for (const name of ['inventory-items', 'mdm-users', 'devices', 'identities', 'customers', 'people', 'nothing']) {
    const { status, text } = await acme.ask(`/resources/${name}`, 'GET', undefined, [permission]);
    if (names.includes(name)) {
      expect([name, status]).toEqual([name, 200]);
      expect(JSON.parse(text).data.declaration.fields.length).toBeGreaterThan(0);
    } else if (permission === LIST) {
      expect([name, status]).toEqual([name, 404]);
    } else {
      // The same for one that is there and one that is not.
      expect(await outcome(`/resources/${name}`, 'GET', undefined, permission)).toBe(LIST);
    }
  }
});

test('who has permissions for no resource sees none, and a resource of another organization is none of theirs', async () => {
  for (const path of [
    '/resources',
    '/resources/customers',
    '/resources/customers/records',
    '/resources/nothing/records',
  ])
    expect(await outcome(path, 'GET', undefined, 'base.bulk.management.get', 'resource.others.list')).toBe(LIST);
  const beta = await openDesk(server, 'beta');
  const answer = await beta.ask('/resources/customers', 'GET', undefined, ['resource.customers.list']);
  expect([answer.status, answer.text]).toEqual([
    403,
    (await beta.ask('/resources/nothing', 'GET', undefined, ['resource.customers.list'])).text,
  ]);
});

test('who may list the records of one resource lists them, and gets its sample file, without a further permission', async () => {
  for (const path of ['/resources/customers/records', '/resources/customers/csv/sample']) {
    expect(await outcome(path, 'GET', undefined, 'resource.customers.list')).toBe('allowed');
    expect(await outcome(path, 'GET', undefined, 'resource.customers.import')).toBe('resource.customers.list');
  }
  expect(await outcome('/resources/devices/records', 'GET', undefined, 'network.device.management.list')).toBe(
    'allowed',
  );
});

test('a client can be of one resource alone, as the page of permissions says', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/api/permissions.md'), 'utf8');
  const given = /--permissions ([\w.,]+)/.exec(page)?.[1]?.split(',') as Permission[];
  const task = await acme.ask('/bulk-tasks', 'POST', submission('customers'), given);
  expect(task.status, task.text).toBe(202);
  expect(await acme.over(task)).toMatchObject({ status: 'completed' });
  const id = String(task.json.data?.id);
  for (const path of [`/bulk-tasks/${id}`, `/bulk-tasks/${id}/report`, '/resources/customers/records'])
    expect((await acme.ask(path, 'GET', undefined, given)).status).toBe(200);
  await acme.put({ ...customers(), openbulk: { name: 'others' } });
  expect(await outcome('/bulk-tasks', 'POST', submission('others'), ...given)).toBe('resource.others.import');
  expect(await outcome('/resources/others/records', 'GET', undefined, ...given)).toBe('resource.others.list');
  expect(await outcome('/resources/customers', 'DELETE', undefined, ...given)).toBe('base.bulk.resource.manage');
});

test('exports take the permission to export', async () => {
  async function create(...permissions: Permission[]): Promise<number> {
    const token = await server.token(acme.organizationId, ['task.create', ...permissions]);
    const body = JSON.stringify({ handler: 'ExportHandler', request: { resource: 'customers', format: 'csv' } });
    const headers = { 'content-type': 'application/json' };
    return (await server.ask('/v2/task/create', { method: 'POST', token, headers, body })).status;
  }
  expect(await create('resource.customers.list')).toBe(403);
  expect(await create('resource.customers.export')).toBe(201);
  expect(await create('resource.*.export')).toBe(201);
});
