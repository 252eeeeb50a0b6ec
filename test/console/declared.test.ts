import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Console, expectAccessible, expectToFit, importFile, openConsole } from './console.ts';

/** What the console makes of a resource that an organization has declared, in a real browser. */
let console: Console;

const customers = {
  fields: [
    { name: 'email', type: 'string', format: 'email', openbulk: { labels: { en: 'E-mail address', es: 'Correo' } } },
    { name: 'name', type: 'string', title: 'Full name', constraints: { required: true } },
    {
      name: 'state',
      type: 'string',
      constraints: { enum: ['on', 'off'] },
      openbulk: {
        labels: { en: 'State', es: 'Estado' },
        valueLabels: { on: { en: 'Active', es: 'Activo' }, off: { en: 'Closed', es: 'Cerrado' } },
      },
    },
    { name: 'premium', type: 'boolean' },
    { name: 'visits', type: 'integer' },
    { name: 'notes', type: 'object' },
  ],
  primaryKey: 'email',
  openbulk: { labels: { en: 'Customers', es: 'Clientes' }, recordLabels: { en: 'A customer', es: 'Un cliente' } },
};

const CSV = `email,name,state,premium,visits
ada@example.com,Ada,on,true,7
grace@example.com,Grace,off,false,30
`;

beforeAll(async () => {
  console = await openConsole();
  const { url, token } = console.program;
  const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
  const path = `${url}/v1/organizations/demo/resources/customers`;
  const answer = await fetch(path, { method: 'PUT', headers, body: JSON.stringify(customers) });
  expect(answer.status, await answer.text()).toBe(200);
  await importFile(console.program, 'customers.csv', CSV, { action: 'import-customers' });
}, 300_000);
afterAll(() => console?.close());

test('its records are listed, filtered and shown under the names that it declares', async () => {
  const page = await console.open('/o/demo/records/customers');
  await page.getByText('2 records').waitFor();
  await page.getByRole('link', { name: 'Customers' }).waitFor();
  const headers = await page.getByRole('columnheader').allTextContents();
  expect(headers).toEqual(['E-mail address', 'Full name', 'State', 'premium', 'visits', 'Added', 'Last change']);
  const row = page.getByRole('row', { name: /ada@example/ });
  expect((await row.getByRole('cell').allTextContents()).slice(0, 4)).toEqual(['Ada', 'Active', 'Yes', '7']);
  await page.getByText('Filter by columns').click();
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Column', { exact: true }).selectOption({ label: 'State' });
  await page.getByLabel('Value', { exact: true }).selectOption({ label: 'Closed' });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Apply the filter' }).click();
  await page.getByText('1 record', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'grace@example.com' }).click();
  const terms = await page.getByRole('dialog').getByRole('term').allTextContents();
  expect(terms).toEqual([
    'E-mail address',
    'Full name',
    'State',
    'premium',
    'visits',
    'Added',
    'Last change',
    'Identifier',
  ]);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

test('it is imported into, with its sample and its labels, and its tasks are called after it', async () => {
  const page = await console.open('/o/demo/import?action=import-customers');
  const buffer = Buffer.from('Correo,Name\nnew@example.com,New\n');
  await page.locator('input[type=file]').setInputFiles({ name: 'new.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Continue to columns' }).click();
  expect(await page.getByLabel('A customer').isChecked()).toBe(true);
  await page.getByText('E-mail address').waitFor();
  // The file calls it by its label in another language.
  const source = page.getByRole('combobox', { name: 'email' }).locator('option:checked');
  expect(await source.textContent()).toBe('Correo');
  const sample = await page.getByRole('link', { name: 'Download a sample file' }).getAttribute('href');
  expect(sample).toBe('/v1/organizations/demo/resources/customers/csv/sample');
  await expectAccessible(page);
  await page.goto(`${console.program.url}/o/demo/tasks?action=import-customers`);
  await page.getByRole('row').getByText('Import customers').waitFor();
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

test('in Spanish, on a phone and in the dark', async () => {
  const viewport = { width: 360, height: 740 };
  const page = await console.open('/o/demo/records/customers', { colorScheme: 'dark', locale: 'es-ES', viewport });
  await page.getByText('2 registros').waitFor();
  const headers = await page.getByRole('columnheader').allTextContents();
  expect(headers.slice(0, 3)).toEqual(['Correo', 'Full name', 'Estado']);
  await page.getByText('Activo', { exact: true }).waitFor();
  await expectToFit(page);
  await expectAccessible(page);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

test('who may only import into one resource has it, with its labels, from the file to the task', async () => {
  const path = '/o/demo/import?action=import-customers';
  const mayImport = 'base.bulk.management.create,base.bulk.management.get,resource.customers.import';
  const page = await console.openAs(mayImport, path);
  const buffer = Buffer.from('email,Full name\nlinus@example.com,Linus\n');
  await page.locator('input[type=file]').setInputFiles({ name: 'linus.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Continue to columns' }).click();
  expect(await page.getByLabel('A customer').isChecked()).toBe(true);
  await page.getByText('E-mail address').waitFor();
  expect(await page.getByRole('link', { name: 'Download a sample file' }).count()).toBe(0);
  expect(await page.getByRole('navigation').getByRole('link', { name: 'Records' }).count()).toBe(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Check the whole file' }).click();
  await page.getByRole('button', { name: 'Import the checked file' }).click();
  await page.getByRole('heading', { name: 'linus.csv' }).waitFor();
  await page.getByText('Import customers').waitFor();
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});

test('who may only list the records of one resource sees them and no others', async () => {
  const page = await console.openAs('resource.customers.list', '/o/demo/records');
  await page.getByRole('columnheader', { name: 'E-mail address' }).waitFor();
  await page.getByRole('cell', { name: 'Grace' }).waitFor();
  const kinds = page.getByRole('navigation', { name: 'Record types' });
  expect(await kinds.getByRole('link').allTextContents()).toEqual(['Customers']);
  await page.goto(`${console.program.url}/o/demo/resources`);
  await page.getByRole('row', { name: /Customers/ }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  await page.goto(`${console.program.url}/o/demo/records/inventory-items`);
  await page.getByText('Not found').waitFor();
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});

test('who may only make bulk actions chooses devices by their declared columns', async () => {
  const page = await console.openAs('actions.bulk.preview,actions.bulk.job.list', '/o/demo/actions/new');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Column', { exact: true }).selectOption({ label: 'MAC address' });
  await page.getByRole('button', { name: 'Preview' }).waitFor();
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});

test('who may work with no resource has the pages that need none', async () => {
  const page = await console.openAs('base.bulk.management.get', '/o/demo/records');
  await page.getByText('You do not have access to this page').waitFor();
  expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Tasks']);
  await page.context().close();
  // That there is none to see is an answer with the status 403, which the browser tells of.
  expect(console.complaints().filter((text) => !text.includes('403'))).toEqual([]);
});
