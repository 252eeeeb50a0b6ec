import { afterAll, beforeAll, expect, test } from 'vitest';
import { findDrift } from '../../../src/service/resources/adopt/find-drift.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const customers = {
  fields: [{ name: 'email' }, { name: 'number', type: 'integer', constraints: { unique: true } }],
  primaryKey: 'email',
  openbulk: { name: 'customers', key: { normalise: ['trim', 'nfc', 'lowerCase'] } },
};

const orders = {
  fields: [
    { name: 'code' },
    { name: 'customer' },
    { name: 'shelf', type: 'integer' },
    { name: 'place', type: 'integer' },
    { name: 'replaces' },
  ],
  primaryKey: 'code',
  uniqueKeys: [['shelf', 'place']],
  foreignKeys: [
    { fields: ['customer'], reference: { resource: 'customers', fields: ['email'] } },
    { fields: ['replaces'], reference: { fields: ['code'] } },
  ],
  openbulk: { name: 'orders' },
};

async function shop(slug: string): Promise<Desk> {
  const desk = await openDesk(server, slug);
  for (const declaration of [customers, orders]) {
    const { status, text } = await desk.put(declaration);
    expect(status, text).toBe(200);
  }
  expect(await desk.imported('customers', 'email,number\nAda@example.com,1\ngrace@example.com,2\n')).toMatchObject({
    numInserts: 2,
  });
  return desk;
}

async function faultsOf(desk: Desk, task: Json): Promise<unknown[]> {
  const { json } = await desk.ask(`/bulk-tasks/${String(task.id)}/lines?outcome=errored`);
  const { lines } = json.data as unknown as { lines: { line: number; code: string; column?: string }[] };
  return lines.map(({ line, code, column }) => [line, code, column]);
}

test('a line whose value another record has, or that refers to a record that is not there, is an error; the others are applied', async () => {
  const desk = await shop('shop');
  const csv = `code,customer,shelf,place,replaces
O1,ada@example.com,1,1,
O2,ADA@EXAMPLE.COM ,1,2,O1
O3,nobody@example.com,1,3,
O4,grace@example.com,1,1,
O5,,,,O9
O6,,,,
O7,,,,
O1,grace@example.com,2,2,O2
`;
  const task = await desk.imported('orders', csv, { override: 'true' });
  expect(task).toMatchObject({ status: 'completed', numInserts: 4, numUpdates: 1, numErrors: 3 });
  expect(await faultsOf(desk, task)).toEqual([
    [4, 'reference_missing', 'customer'],
    [5, 'duplicate_value', 'shelf'],
    [6, 'reference_missing', 'replaces'],
  ]);
  expect(await desk.records('orders')).toEqual([
    { code: 'O1', customer: 'grace@example.com', shelf: 2, place: 2, replaces: 'O2' },
    { code: 'O2', customer: 'ADA@EXAMPLE.COM', shelf: 1, place: 2, replaces: 'O1' },
    { code: 'O6' },
    { code: 'O7' },
  ]);
});

test('an update says when it was, and one that changes nothing does not', async () => {
  const desk = await shop('touched');
  const moments = async () => {
    const { json } = await desk.ask('/resources/customers/records?sort=createdAt:asc');
    return ((json.data as Json).items as unknown as Json[]).map(({ id, createdAt, updatedAt }) => [
      id,
      createdAt,
      updatedAt,
    ]);
  };
  const before = await moments();
  const again = await desk.imported('customers', 'email,number\nada@example.com,1\nGRACE@example.com,3\n', {
    override: 'true',
  });
  expect(again).toMatchObject({ numUpdates: 2, numSkips: 0 });
  expect(await desk.imported('customers', 'number,email\n3,GRACE@example.com\n', { override: 'true' })).toMatchObject({
    numSkips: 1,
  });
  const after = await moments();
  expect(after.map(([id, createdAt]) => [id, createdAt])).toEqual(before.map(([id, createdAt]) => [id, createdAt]));
  expect(after[1]?.[2]).not.toBe(before[1]?.[2]);
});

test('a dry run of such lines says what the run does', async () => {
  const desk = await shop('trying');
  const csv = 'email,number\nx@example.com,1\ny@example.com,7\nz@example.com,7\n';
  const figures = ({ numInserts, numErrors }: Json) => [numInserts, numErrors];
  expect(figures(await desk.imported('customers', csv, { dryRun: 'true' }))).toEqual([1, 2]);
  expect(await desk.records('customers')).toHaveLength(2);
  expect(figures(await desk.imported('customers', csv))).toEqual([1, 2]);
});

test('a file must have all fields of a reference, or none', async () => {
  const desk = await openDesk(server, 'partly');
  const places = { fields: [{ name: 'a' }, { name: 'b' }], primaryKey: ['a', 'b'], openbulk: { name: 'places' } };
  const things = {
    fields: [{ name: 'k' }, { name: 'pb' }, { name: 'pa' }, { name: 'note' }],
    primaryKey: 'k',
    foreignKeys: [{ fields: ['pb', 'pa'], reference: { resource: 'places', fields: ['b', 'a'] } }],
    openbulk: { name: 'things' },
  };
  for (const declaration of [places, things]) expect((await desk.put(declaration)).status).toBe(200);
  await desk.imported('places', 'a,b\n1,2\n');
  expect(await desk.imported('things', 'k,pa,pb\nx,1,2\ny,2,1\nz,1,\n')).toMatchObject({ numInserts: 2, numErrors: 1 });
  expect(await desk.imported('things', 'k,pa\nx,1\n', { override: 'true' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('"pb"'),
  });
  expect(await desk.imported('things', 'k,note\nx,new\n', { override: 'true' })).toMatchObject({ numUpdates: 1 });
});

test('what cannot be a constraint is refused, with where and why', async () => {
  const desk = await shop('refused');
  const problemsOf = async (more: object) => {
    const { status, text } = await desk.plan({ ...orders, ...more, openbulk: { name: 'others' } });
    expect(status, text).toBe(400);
    return text;
  };
  const key = (fields: string[], resource: string, targets: string[]) => ({
    foreignKeys: [{ fields, reference: { resource, fields: targets } }],
  });
  expect(await problemsOf(key(['customer'], 'nobody', ['email']))).toContain('There is no resource nobody.');
  expect(await problemsOf(key(['shelf'], 'customers', ['number']))).toContain('primary key of customers: email');
  expect(await problemsOf(key(['shelf'], 'customers', ['email']))).toContain('not of the type of email');
  expect(await problemsOf(key(['customer'], 'inventory-items', ['basic.name']))).toContain('no primaryKey');
  expect(
    await problemsOf({ fields: [...orders.fields, { name: 'doc', type: 'object' }], uniqueKeys: [['doc']] }),
  ).toContain('cannot be unique');
});

test('constraints are added and dropped with the declaration, as far as the records meet them', async () => {
  const desk = await openDesk(server, 'changing');
  const plain = { fields: [{ name: 'k' }, { name: 'n' }], primaryKey: 'k', openbulk: { name: 'things' } };
  const unique = { ...plain, uniqueKeys: [['n']] };
  const referring = { ...plain, foreignKeys: [{ fields: ['n'], reference: { fields: ['k'] } }] };
  await desk.put(plain);
  await desk.imported('things', 'k,n\na,1\nb,1\n');
  const { status, text } = await desk.plan(unique);
  expect([status, text]).toEqual([409, expect.stringContaining('n cannot be unique')]);
  expect((await desk.plan(referring)).status).toBe(409);
  await desk.imported('things', 'k,n\nb,2\n', { override: 'true' });
  const planned = (await desk.plan(unique)).json.data as unknown as { hash: string; statements: string[] };
  expect(planned.statements).toEqual([
    expect.stringMatching(/^alter table \S+ add constraint \S+ unique \(organization_id, n\)$/),
  ]);
  expect((await desk.put(unique, `?hash=${planned.hash}`)).status).toBe(200);
  expect((await desk.plan(unique)).json.data).toMatchObject({ action: 'none' });
  expect((await findDrift({ pool: server.pool }, desk.organizationId)).map(({ problems }) => problems)).toEqual([[]]);
  expect(await desk.imported('things', 'k,n\nc,2\nd,3\n')).toMatchObject({ numInserts: 1, numErrors: 1 });
  expect((await desk.put(plain)).status).toBe(200);
  expect(await desk.imported('things', 'k,n\nc,2\n')).toMatchObject({ numInserts: 1 });
});

test('a resource to which others refer stays', async () => {
  const desk = await shop('staying');
  const { status, text } = await desk.ask('/resources/customers?allowLoss=true', 'DELETE');
  expect([status, text]).toEqual([409, expect.stringContaining('Other resources refer to customers')]);
  expect((await desk.ask('/resources/orders', 'DELETE')).status).toBe(200);
  expect((await desk.ask('/resources/customers?allowLoss=true', 'DELETE')).status).toBe(200);
});

test('a file of keys deletes records, but for those to which others refer', async () => {
  const desk = await shop('deleting');
  await desk.imported('orders', 'code,customer,shelf,place,replaces\nO1,ada@example.com,,,\nO2,,,,\n');
  const csv =
    'number,email\nnot a number,ADA@example.com\n,grace@example.com\n,grace@example.com\n,nobody@example.com\n,\n';
  const figures = ({ numItems, numDeletes, numErrors }: Json) => [numItems, numDeletes, numErrors];
  const tried = await desk.imported('customers', csv, { mode: 'delete', dryRun: 'true' });
  expect(figures(tried)).toEqual([4, 1, 3]);
  expect(await desk.records('customers')).toHaveLength(2);
  const done = await desk.imported('customers', csv, { mode: 'delete' });
  expect(figures(done)).toEqual([4, 1, 3]);
  expect(await faultsOf(desk, done)).toEqual([
    [2, 'referenced', undefined],
    [4, 'not_found', 'email'],
    [5, 'not_found', 'email'],
  ]);
  expect((await desk.records('customers')).map(({ email }) => email)).toEqual(['Ada@example.com']);
});

test('deleting takes a permission of its own, of resources that come with OpenBulk as well', async () => {
  const desk = await openDesk(server, 'allowed');
  const csv = 'basic.name,basic.type,identifiers.serialNumber\nA,laptop,S1\nB,laptop,S2\n';
  await desk.imported('inventory-items', csv);
  const order = () => form({ action: 'import-inventory-items', mode: 'delete' }, 'identifiers.serialNumber\nS1\n');
  const refused = await desk.ask('/bulk-tasks', 'POST', order(), ['base.bulk.management.create']);
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('resource.inventory-items.delete')]);
  const allowed = await desk.ask('/bulk-tasks', 'POST', order(), [
    'base.bulk.management.create',
    'resource.inventory-items.delete',
  ]);
  expect(await desk.over(allowed)).toMatchObject({ numDeletes: 1, numErrors: 0 });
  expect(await desk.records('inventory-items')).toMatchObject([{ identifiers: { serialNumber: 'S2' } }]);
});

test('a mode says all that override would', async () => {
  const desk = await openDesk(server, 'modes');
  const both = form({ action: 'import-inventory-items', mode: 'update', override: 'true' }, 'basic.name\nA\n');
  const { status, text } = await desk.ask('/bulk-tasks', 'POST', both);
  expect([status, text]).toEqual([400, expect.stringContaining('together with override')]);
  const unknown = form({ action: 'import-inventory-items', mode: 'replace' }, 'basic.name\nA\n');
  expect((await desk.ask('/bulk-tasks', 'POST', unknown)).status).toBe(400);
});
