import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, form, openServer, type TestServer } from './server.ts';

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
      prevPage: null,
      nextPage: null,
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
      metadata: { department: 'Research' },
      createdAt: moment,
      updatedAt: moment,
    },
    { id, email: 'gil@example.net', createdAt: moment, updatedAt: moment },
  ]);
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
  for (const path of ['/inventory-items', '/mdm/users']) {
    for (const query of ['page=0', 'limit=1001', 'sort=email', 'sort=createdAt:up']) {
      const answer = await ask(`${path}?${query}`);
      expect([query, answer.status, answer.json.error?.data?.[0]?.field]).toEqual([query, 400, query.split('=')[0]]);
    }
  }
});

test.each([
  ['/inventory-items', 'import-inventory-items'],
  ['/mdm/users', 'import-mdm-users'],
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
