import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, form, openServer, type TestServer } from '../server.ts';

const INVENTORY = [
  'basic.name,basic.type,identifiers.serialNumber,purchase.pricing,purchase.orderDate,seats.total',
  'One,laptop,S1,2266.130,2026-01-31,5',
  'Two,monitor,S2,,,',
  'Three,phone,S3,-0.5,,0',
].join('\n');
const USERS = [
  'email,name,tags,metadata.department,metadata.__proto__',
  'Ana@Example.net,Ada,engineering|madrid,Research,x',
  'gil@example.net,,,,',
].join('\n');

const DEVICES = [
  'mac,ip,vlan,firstSeen',
  '02-1A-2B-3C-4D-5E,2001:DB8::17,30,2026-01-31T10:00:00.5+01:00',
  '021a2b3c4d5f,,,',
].join('\n');

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await openServer();
  const acme = await server.organization('acme');
  token = await server.token(acme);
  const other = await server.organization('other');
  const tasks = [
    await server.submit(acme, 'import-inventory-items', INVENTORY),
    await server.submit(acme, 'import-mdm-users', USERS),
    await server.submit(acme, 'import-devices', DEVICES),
    await server.submit(other, 'import-inventory-items', INVENTORY),
  ];
  await server.working(() => Promise.all(tasks.map((task) => server.finished(task))));
});
afterAll(() => server.close());

function ask(path: string): Promise<Answer> {
  return server.ask(`/v1/organizations/acme${path}`, { token });
}

const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const id = expect.stringMatching(/^[0-9a-f]{24}$/);

test('inventory items are nested objects, numbers are numbers, and what has no value is left out', async () => {
  const { json, status } = await ask('/inventory-items?sort=createdAt:asc');
  expect(status).toBe(200);
  expect(json).toEqual({
    status: true,
    data: {
      items: [
        {
          id,
          basic: { name: 'One', type: 'laptop' },
          purchase: { pricing: 2266.13, orderDate: '2026-01-31' },
          identifiers: { serialNumber: 'S1' },
          seats: { total: 5 },
          createdAt: moment,
          updatedAt: moment,
        },
        {
          id,
          basic: { name: 'Two', type: 'monitor' },
          identifiers: { serialNumber: 'S2' },
          createdAt: moment,
          updatedAt: moment,
        },
        {
          id,
          basic: { name: 'Three', type: 'phone' },
          purchase: { pricing: -0.5 },
          identifiers: { serialNumber: 'S3' },
          seats: { total: 0 },
          createdAt: moment,
          updatedAt: moment,
        },
      ],
      totalDocs: 3,
      limit: 100,
      hasPrevPage: false,
      hasNextPage: false,
      page: 1,
      totalPages: 1,
      lean: true,
    },
  });
});

test('MDM users have their lists and free members', async () => {
  const { json } = await ask('/mdm/users/?sort=createdAt');
  expect(json.data?.items).toEqual([
    {
      id,
      email: 'Ana@Example.net',
      name: 'Ada',
      tags: ['engineering', 'madrid'],
      metadata: { department: 'Research', ['__proto__']: 'x' },
      createdAt: moment,
      updatedAt: moment,
    },
    { id, email: 'gil@example.net', createdAt: moment, updatedAt: moment },
  ]);
});

test('devices have moments, and what bulk actions set', async () => {
  const { rowCount } = await server.pool.query(
    `update devices set action = 'block', action_reason = 'lost', action_until = '2026-03-01 00:00+00',
       action_stack = '[{"action":"monitor"}]' where mac = '02:1a:2b:3c:4d:5f'`,
  );
  expect(rowCount).toBe(1);
  const { json } = await ask('/devices?sort=createdAt');
  expect(json.data?.items).toEqual([
    {
      id,
      mac: '02:1a:2b:3c:4d:5e',
      ip: '2001:db8::17',
      vlan: 30,
      firstSeen: '2026-01-31T09:00:00.500Z',
      createdAt: moment,
      updatedAt: moment,
    },
    {
      id,
      mac: '02:1a:2b:3c:4d:5f',
      action: 'block',
      actionReason: 'lost',
      actionUntil: '2026-03-01T00:00:00.000Z',
      createdAt: moment,
      updatedAt: moment,
    },
  ]);
});

test('the sample of devices has the columns that a file can give, and not what bulk actions set', async () => {
  const [header] = parse((await ask('/devices/csv/sample')).text) as string[][];
  expect(header).toEqual(['mac', 'ip', 'hostname', 'vendor', 'vlan', 'site', 'firstSeen', 'lastSeen']);
});

test('identities have their ids and their document as it is, and no sample file', async () => {
  const document = '{"name": {"first": "Ada"}, "__proto__": {"x": [null, 1.5]}, "none": null}';
  await server.pool.query(
    `insert into identities (id, organization_id, object_id, document)
     select '019f0000-0000-8000-8000-000000000000', id, 'o-1', $1 from organizations where slug = 'acme'`,
    [document],
  );
  const { json } = await ask('/identities');
  expect(json.data?.totalDocs).toBe(1);
  const item = json.data?.items?.[0] as unknown as { document: object };
  expect(item).toEqual({ id, object_id: 'o-1', document: JSON.parse(document), createdAt: moment, updatedAt: moment });
  expect(Object.keys(item.document).sort()).toEqual(['__proto__', 'name', 'none']);
  expect((await ask('/identities/csv/sample')).status).toBe(404);
});

test('each list needs its own permission', async () => {
  const acme = (await server.pool.query<{ id: string }>(`select id from organizations where slug = 'acme'`)).rows[0];
  const allowed = await server.token(acme?.id as string, ['network.device.management.list']);
  const statuses = ['/devices', '/devices/csv/sample', '/identities', '/mdm/users'].map(
    async (path) => (await server.ask(`/v1/organizations/acme${path}`, { token: allowed })).status,
  );
  expect(await Promise.all(statuses)).toEqual([200, 200, 403, 403]);
});

test('they come in pages, newest first', async () => {
  const pages = await Promise.all([1, 2, 3].map((page) => ask(`/inventory-items?limit=2&page=${page}`)));
  const names = pages.map(({ json }) => {
    const items = json.data?.items as unknown as { basic: { name: string } }[];
    return items.map(({ basic }) => basic.name);
  });
  expect(names).toEqual([['Three', 'Two'], ['One'], []]);
  expect(pages.map(({ json }) => [json.data?.hasPrevPage, json.data?.hasNextPage, json.data?.totalDocs])).toEqual([
    [false, true, 3],
    [true, false, 3],
    [true, false, 3],
  ]);
  expect((await ask('/inventory-items?sort=updatedAt:desc')).status).toBe(200);
});

test('a bad parameter is 400/3000', async () => {
  for (const path of ['/inventory-items', '/mdm/users', '/devices', '/identities']) {
    for (const query of ['page=0', 'limit=1001', 'sort=email', 'sort=createdAt:up']) {
      const answer = await ask(`${path}?${query}`);
      expect([query, answer.status, answer.json.error?.data?.[0]?.field]).toEqual([query, 400, query.split('=')[0]]);
    }
  }
});

test.each([
  ['/inventory-items', 'import-inventory-items'],
  ['/mdm/users', 'import-mdm-users'],
  ['/devices', 'import-devices'],
])('the sample of %s is a CSV file that imports without an error', async (path, action) => {
  const sample = await ask(`${path}/csv/sample`);
  expect(sample.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(sample.headers.get('content-disposition')).toMatch(/^attachment; filename="[a-z-]+-sample\.csv"/);
  expect(parse(sample.text)).toHaveLength(3);
  const submitted = await server.ask('/v1/organizations/acme/bulk-tasks', {
    method: 'POST',
    token,
    body: form({ action }, sample.text),
  });
  const read = () => server.ask(submitted.headers.get('location') as string, { token });
  await server.working(() => expect.poll(async () => (await read()).json.data?.status).toBe('completed'));
  expect((await read()).json.data?.report).toMatchObject({ numItems: 2, numInserts: 2, numErrors: 0 });
});
