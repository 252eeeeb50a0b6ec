import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { customers, type Desk, openDesk } from './desk.ts';

let server: TestServer;
let acme: Desk;

beforeAll(async () => {
  server = await openServer();
  acme = await openDesk(server, 'acme');
});
afterAll(() => server.close());

const CSV = 'email,name,since\nada@example.net,Ada,2024-12-10\nGRACE@example.net,Grace,\n';

test('a resource is planned, declared, listed, shown, imported into, searched, exported and removed', async () => {
  const planned = await acme.plan(customers());
  expect(planned.status, planned.text).toBe(200);
  const { hash } = planned.json.data as unknown as { hash: string };
  expect(planned.json.data).toMatchObject({ name: 'customers', action: 'create', losses: [] });
  expect(planned.json.data?.statements).toEqual([expect.stringMatching(/^create table openbulk_records\.customers_/)]);
  expect((await acme.ask('/resources/customers')).status).toBe(404);

  expect((await acme.put(customers(), `?hash=${hash}`)).json.data).toEqual(planned.json.data);
  const again = await acme.put(customers(), `?hash=${hash}`);
  expect(again.json.data).toMatchObject({ action: 'none', statements: [] });

  const listed = (await acme.ask('/resources')).json.data?.items as unknown as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual([
    ...['inventory-items', 'mdm-users', 'devices', 'identities'],
    'customers',
  ]);
  expect(listed.at(-1)).toEqual({
    name: 'customers',
    operations: ['import', 'act', 'export'],
    declared: true,
    owner: 'organization',
    table: expect.stringMatching(/^openbulk_records\.customers__/),
    adopted: false,
    fields: 3,
    key: ['email'],
    recordMembers: { id: 'id', createdAt: 'createdAt', updatedAt: 'updatedAt' },
    permissions: {
      list: 'resource.customers.list',
      act: 'resource.customers.act',
      delete: 'resource.customers.delete',
      import: 'resource.customers.import',
      export: 'resource.customers.export',
    },
  });
  const shown = await acme.ask('/resources/customers');
  expect(shown.json.data?.declaration).toMatchObject({ ...customers(), primaryKey: ['email'] });

  const task = await acme.imported('customers', `${CSV}nobody,Somebody too long for the column,31.1.2026\n`);
  expect(task).toMatchObject({ action: 'import-customers', numInserts: 2, numErrors: 1 });
  const report = await acme.ask(`/bulk-tasks/${String(task.id)}/report?format=json`);
  expect(report.text).toContain('must be an email address');
  expect(report.text).toContain('at most 20 characters long; found 32');

  expect(await acme.records('customers')).toEqual([
    { email: 'ada@example.net', name: 'Ada', since: '2024-12-10' },
    { email: 'GRACE@example.net', name: 'Grace' },
  ]);
  expect(await acme.records('customers', '&q=grac')).toHaveLength(1);
  const criteria = encodeURIComponent('{"field":"since","op":"gte","value":"2024-01-01"}');
  expect(await acme.records('customers', `&criteria=${criteria}`)).toMatchObject([{ name: 'Ada' }]);
  expect((await acme.ask('/resources/customers/csv/sample')).text).toMatch(/^email,name,since\r?\n/);
  expect(await acme.exported('customers', 'csv')).toContain('ada@example.net,Ada,2024-12-10');

  const refused = await acme.ask('/resources/customers', 'DELETE');
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('has records (2)');
  expect((await acme.ask('/resources/customers?allowLoss=true', 'DELETE')).status).toBe(200);
  expect((await acme.ask('/resources/customers')).status).toBe(404);
  expect((await acme.ask('/resources/customers', 'DELETE')).status).toBe(404);
  // What became of its tasks is still told.
  expect((await acme.ask(`/bulk-tasks/${String(task.id)}/report?format=json`)).text).toBe(report.text);
});

test('a file for a declared resource is previewed, checked, corrected and run', async () => {
  const desk = await openDesk(server, 'checking');
  await desk.put(customers());
  const file = 'E-mail,Name\nada@example.net,Ada\nnobody,Nobody\n';
  const previewed = await desk.ask('/bulk-tasks/preview', 'POST', form({ action: 'import-customers' }, file));
  expect(previewed.status, previewed.text).toBe(200);
  expect(previewed.json.data).toMatchObject({ suggestions: { email: 'E-mail', name: 'Name' } });

  const mapping = JSON.stringify({ email: 'E-mail', name: 'Name' });
  const checked = await desk.imported('customers', file, { mapping, dryRun: 'true' });
  expect(checked).toMatchObject({ numInserts: 1, numErrors: 1 });
  expect(await desk.records('customers')).toEqual([]);
  const run = await desk.over(await desk.ask(`/bulk-tasks/${String(checked.id)}/run`, 'POST'));
  expect(run).toMatchObject({ numInserts: 1, numErrors: 1 });
  const rows = [{ line: 3, cells: ['nobody@example.net', 'Nobody'] }];
  const fixed = await desk.over(await desk.ask(`/bulk-tasks/${String(run.id)}/fixes`, 'POST', { rows }));
  expect(fixed).toMatchObject({ numInserts: 1, numErrors: 0 });
  expect(await desk.records('customers')).toMatchObject([{ name: 'Ada' }, { email: 'nobody@example.net' }]);
  const may = ['base.bulk.management.create'] as const;
  expect((await desk.ask(`/bulk-tasks/${String(run.id)}/fixes`, 'POST', { rows }, may)).status).toBe(403);
});

test('a file with the labels of a resource as its header is mapped by them, in any language, and fits', async () => {
  const desk = await openDesk(server, 'labels');
  await desk.put({
    fields: [
      { name: 'box', openbulk: { labels: { en: 'Post box', es: 'Correo electrónico' } } },
      { name: 'n1', title: 'Full name' },
      { name: 'n2', openbulk: { labels: { en: 'Town' } } },
      { name: 'n3', openbulk: { aliases: ['Town'], labels: { en: 'Place' } } },
      { name: 'Place' },
    ],
    primaryKey: 'box',
    openbulk: { name: 'people' },
  });
  const suggested = async (header: string) => {
    const body = form({ action: 'import-people' }, `${header}\n`);
    const { json, status, text } = await desk.ask('/bulk-tasks/preview', 'POST', body);
    expect(status, text).toBe(200);
    return [json.data?.suggestions, json.data?.fits];
  };
  const fits = ['people'];
  expect(await suggested('Correo electronico,FULL NAME')).toEqual([
    { box: 'Correo electronico', n1: 'FULL NAME' },
    fits,
  ]);
  expect(await suggested('post-box')).toEqual([{ box: 'post-box' }, fits]);
  // Names are worth more than aliases, and aliases more than labels.
  expect(await suggested('Town')).toEqual([{ n3: 'Town' }, []]);
  expect(await suggested('Town,Place,box')).toEqual([{ box: 'box', n3: 'Town', Place: 'Place' }, fits]);
});

test('a resource that was removed can be declared again, and is another one', async () => {
  const things = { fields: [{ name: 'code' }], primaryKey: 'code', openbulk: { name: 'things' } };
  await acme.put(things);
  await acme.imported('things', 'code\na\n');
  await acme.ask('/resources/things?allowLoss=true', 'DELETE');
  expect((await acme.put(things)).json.data).toMatchObject({ action: 'create' });
  expect(await acme.records('things')).toEqual([]);
});

test('no two resources have the same table, whatever they are called and however often they were removed', async () => {
  const [long, longer] = [`${'a-'.repeat(24)}b`, `${'a-'.repeat(24)}c`];
  const tables = new Set<string>();
  for (const name of ['parts', 'parts-2', 'parts', 'parts', 'parts-2', long, longer, long, 'x'.repeat(50)]) {
    await acme.ask(`/resources/${name}`, 'DELETE');
    const { status, text, json } = await acme.put({ fields: [{ name: 'k' }], primaryKey: 'k', openbulk: { name } });
    expect(status, text).toBe(200);
    const { statements } = json.data as unknown as { statements: readonly string[] };
    tables.add(/create table openbulk_records\.(\S+)/.exec(statements[0] as string)?.[1] as string);
  }
  expect(tables.size).toBe(9);
  for (const table of tables) expect(table.length).toBeLessThanOrEqual(63);
});

test('what one organization declares, another has not', async () => {
  const globex = await openDesk(server, 'globex');
  const mine = { fields: [{ name: 'code' }], primaryKey: 'code', openbulk: { name: 'mine' } };
  expect((await acme.put(mine)).status).toBe(200);
  for (const path of ['', '/records', '/csv/sample']) {
    expect((await globex.ask(`/resources/mine${path}`)).status).toBe(404);
  }
  expect((await globex.ask('/resources/mine', 'DELETE')).status).toBe(404);
  expect((await globex.ask('/resources')).text).not.toContain('mine');
  const other = await globex.put({ ...mine, fields: [...mine.fields, { name: 'more', type: 'integer' }] });
  expect(other.json.data).toMatchObject({ action: 'create' });
  await globex.imported('mine', 'code,more\nx,1\n');
  expect(await acme.records('mine')).toEqual([]);
  expect(await globex.records('mine')).toEqual([{ code: 'x', more: 1 }]);
});

test('the shop of the examples can be declared, and its files imported without an error', async () => {
  const shop = await openDesk(server, 'shop');
  const folder = new URL('../../../examples/shop/', import.meta.url);
  for (const name of ['customers', 'products']) {
    const yaml = readFileSync(new URL(`resources/${name}.yaml`, folder), 'utf8');
    const { status, text } = await server.ask(`/v1/organizations/shop/resources/${name}`, {
      ...{ method: 'PUT', token: await server.token(shop.organizationId), body: yaml },
      headers: { 'content-type': 'application/yaml' },
    });
    expect(status, text).toBe(200);
    const task = await shop.imported(name, readFileSync(new URL(`${name}.csv`, folder), 'utf8'));
    expect(task).toMatchObject({ status: 'completed', numErrors: 0, numSkips: 0 });
  }
  expect(await shop.records('products', '&q=round')).toEqual([
    { sku: 'TBL-0002', name: 'Table, round', price: 349, stock: 3, status: 'active', tags: ['kitchen'] },
  ]);
});

test('every problem of a declaration is told, with its place and what to do', async () => {
  const wrong = {
    fields: [
      { name: 'a', type: 'strng' },
      { name: 'b', type: 'integer', constraints: { pattern: '(' } },
    ],
    primaryKey: 'c',
    openbulk: { name: 'wrong' },
  };
  for (const answer of [await acme.put(wrong), await acme.plan(wrong)]) {
    expect(answer.status).toBe(400);
    expect(answer.json.error?.message).toBe('The declaration is not valid.');
    const data = answer.json.error?.data as unknown as { field: string; problem: string }[];
    expect(data.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['declaration/fields/0/type', 'declaration/primaryKey/0']),
    );
    expect(data[0]?.problem).toContain('Did you mean string?');
  }
  const theirs = {
    ...customers(),
    openbulk: { name: 'customers', schema: 'public', organization: 'tenant', writes: {}, connection: 'crm' },
  };
  const refused = await acme.put(theirs);
  expect(refused.status).toBe(400);
  expect(refused.text).toContain('declaration/openbulk/schema');
  expect(refused.text).toContain('declaration/openbulk/organization');
  expect(refused.text).toContain('declaration/openbulk/writes');
  expect(refused.text).toContain('declaration/openbulk/connection');
  const broken = await acme.ask('/resources/wrong', 'PUT', '{"fields": [');
  expect(broken.status).toBe(400);
  expect(broken.text).toContain('It is not JSON');
  expect((await acme.ask('/resources/wrong', 'PUT', '')).status).toBe(400);
  const renamed = await acme.ask('/resources/people', 'PUT', customers());
  expect(renamed.status).toBe(400);
  expect(renamed.text).toContain('The request names the resource people.');
});

test('no resource takes the name of one that comes with OpenBulk', async () => {
  const { status, text } = await acme.put({ ...customers(), openbulk: { name: 'devices' } });
  expect(status).toBe(409);
  expect(text).toContain('OpenBulk has a resource named devices.');
  expect((await acme.ask('/resources/devices', 'DELETE')).status).toBe(404);
});

test('numbers of a declaration stay as they are written', async () => {
  const text = `{"fields": [{"name": "k"}, {"name": "n", "type": "number",
    "constraints": {"maximum": 123456789012345678901234567890.5}}], "primaryKey": "k", "openbulk": {"name": "exact"}}`;
  expect((await acme.ask('/resources/exact', 'PUT', text)).status).toBe(200);
  expect((await acme.ask('/resources/exact')).text).toContain('123456789012345678901234567890.5');
  const task = await acme.imported(
    'exact',
    'k,n\na,123456789012345678901234567890.5\nb,123456789012345678901234567890.6\n',
  );
  expect(task).toMatchObject({ numInserts: 1, numErrors: 1 });
});

test('what a resource, its records, its fields and their values are called is served in every language', async () => {
  const desk = await openDesk(server, 'named');
  const labels = { en: 'Customers', es: 'Clientes' };
  const recordLabels = { en: 'A customer', es: 'Un cliente' };
  const state = {
    name: 'state',
    type: 'string',
    constraints: { enum: ['on', 'off'] },
    openbulk: { labels: { es: 'Estado' }, shown: true, valueLabels: { on: { en: 'Active', es: 'Activo' } } },
  };
  const declaration = customers(state);
  const put = await desk.put({
    ...declaration,
    description: 'Who buys.',
    openbulk: { ...declaration.openbulk, labels, recordLabels, descriptions: { es: 'Quien compra.' } },
  });
  expect(put.status, put.text).toBe(200);
  const data = (await desk.ask('/resources/customers')).json.data as Json;
  expect(data).toMatchObject({ labels, recordLabels, description: 'Who buys.', descriptions: { es: 'Quien compra.' } });
  const { fields } = data.declaration as unknown as { fields: object[] };
  expect(fields.at(-1)).toEqual(state);
  const { items } = (await desk.ask('/resources')).json.data as unknown as { items: object[] };
  expect(items[0]).toMatchObject({
    name: 'inventory-items',
    owner: 'program',
    recordLabels: { en: 'An inventory item' },
  });
});
