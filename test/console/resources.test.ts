import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Console, expectAccessible as expectAccessibleHere, expectToFit, openConsole } from './console.ts';

/** From a file to a resource with its records, and back, in a real browser on the running program. */
let console: Console;

beforeAll(async () => {
  console = await openConsole({ OPENBULK_ADOPT: 'demo=crm.*' });
  await run('create schema crm');
  await run('create table crm.customers (code varchar(10) primary key, "full name" text, vip boolean)');
  await run("insert into crm.customers values ('C1', 'Ada', true), ('C2', 'Grace', false)");
  await run('create table crm.loose (note text)');
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

async function run(statement: string): Promise<void> {
  await console.program.pool.query(statement);
}

/** From the top: what is half under the header that stays is not what is looked for. */
async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  await expectAccessibleHere(page);
}

const ORDERS = `Order no,Customer,Placed on,Total,State
A-1,Ada,31.01.2026,"1.299,00",open
A-2,Grace,14.02.2026,"12,50",closed
A-3,Ada,28.02.2026,"7,00",open
`;

async function pick(page: Page, name: string, content: string): Promise<void> {
  const file = { name, mimeType: 'text/csv', buffer: Buffer.from(content) };
  await page.locator('input[type=file]').setInputFiles(file);
}

/** Opens the page of a new resource and drops a file. */
async function start(name: string, content: string, options = {}): Promise<Page> {
  const page = await console.open('/o/demo/new-resource', options);
  await pick(page, name, content);
  await page.locator('fieldset').first().waitFor();
  return page;
}

async function showPlan(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show the plan' }).click();
}

/** Asks the API as the person who is signed in. */
function ask(page: Page, path: string): Promise<string> {
  return page.evaluate(`fetch('/v1/organizations/demo${path}').then((answer) => answer.text())`);
}

/** Declares a resource with the API. */
async function declare(name: string, declaration: object | string): Promise<void> {
  const { url, token } = console.program;
  const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
  const path = `${url}/v1/organizations/demo/resources/${name}`;
  const body = typeof declaration === 'string' ? declaration : JSON.stringify(declaration);
  const answer = await fetch(path, { method: 'PUT', headers, body });
  expect(answer.status, await answer.text()).toBe(200);
}

describe('from a file', () => {
  test('that fits no resource to a new one, and through its import to its records', async () => {
    const page = await console.open('/o/demo/import');
    await pick(page, 'orders.csv', ORDERS);
    await page.getByText('This file does not look like any of your resources.').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'New resource from this file' }).click();
    await page.getByRole('heading', { name: 'New resource' }).waitFor();
    // What was found in the file.
    await page.getByLabel('Name of Order no').waitFor();
    expect(await page.getByLabel('Key of Order no').isChecked()).toBe(true);
    expect(await page.getByLabel('Required of Order no').isDisabled()).toBe(true);
    expect(await page.getByLabel('Type of Placed on').inputValue()).toBe('date');
    expect(await page.getByLabel('Format of Placed on').inputValue()).toBe('DD.MM.YYYY');
    expect(await page.getByLabel('Format of Total').inputValue()).toBe('1.234,56');
    await page.getByText('Ada · Grace').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('orders');
    expect(await page.getByLabel('Label', { exact: true }).inputValue()).toBe('Orders');
    await expectAccessible(page);
    // What is corrected by hand.
    await page.getByLabel('One record').fill('An order');
    await page.getByLabel('Name of Customer').fill('buyer');
    await page.getByLabel('Label of buyer').fill('Buyer');
    await page.getByLabel('Max. length of buyer').fill('40');
    await page.getByRole('button', { name: 'More of State' }).click();
    await page.getByLabel('Allowed values of State').pressSequentially('open\nclosed');
    expect(await page.getByLabel('Allowed values of State').inputValue()).toBe('open\nclosed');
    await expectAccessible(page);
    await showPlan(page);
    await page.getByText('Creates the resource “orders” with a table of its own. Fields: 5.').waitFor();
    await page.getByText('SQL that runs').click();
    await page.getByText(/create table openbulk_records\.orders/).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create and import the file' }).click();
    // The same file, in the import, with its columns.
    await page.getByRole('heading', { name: 'Match the columns' }).waitFor();
    expect(await page.getByLabel('An order').isChecked()).toBe(true);
    const source = page.getByLabel('buyer', { exact: true }).locator('option:checked');
    expect(await source.textContent()).toBe('Customer');
    await page.getByRole('button', { name: 'Check the whole file' }).click();
    await page.getByText('Every line is valid.').waitFor();
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await page.waitForURL('**/o/demo/tasks/*');
    await page.getByText('Completed', { exact: true }).first().waitFor();
    await page.goto(`${console.program.url}/o/demo/records/orders`);
    await page.getByText('3 records').waitFor();
    await page.getByRole('columnheader', { name: 'Buyer' }).waitFor();
    expect(await ask(page, '/resources/orders/records')).toContain('"Total":1299');
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('a draft survives another page, Back, and a reload; the file is then chosen again', async () => {
    const page = await start('kept.csv', ORDERS);
    await page.getByLabel('Name of Customer').fill('client');
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
    await page.goBack();
    expect(await page.getByLabel('Name of client').inputValue()).toBe('client');
    await page.getByText('kept.csv').first().waitFor();
    await page.reload();
    expect(await page.getByLabel('Name of client').inputValue()).toBe('client');
    await page.getByText('To import it after the resource is created, choose it again.').waitFor();
    await showPlan(page);
    await page.getByRole('button', { name: 'Create the resource' }).waitFor();
    await pick(page, 'kept.csv', ORDERS);
    await page.getByRole('button', { name: 'Create and import the file' }).waitFor();
    expect(await page.getByLabel('Name of client').inputValue()).toBe('client');
    await page.getByRole('button', { name: 'Discard and start again' }).click();
    await page.getByText('Drop a file here').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('a file without a key, a header that is there twice, and names that do not do are told at their place', async () => {
    const page = await start('devices.csv', 'a,b,a\n1,x,2\n1,x,3\n');
    await page.getByText(/Column 3 has the name of column 1 and is left out/).waitFor();
    await page.getByText(/have different values in each row/).waitFor();
    await page.getByLabel('Name of b').fill('A');
    await showPlan(page);
    await page.getByText('Choose at least one field as the key.').waitFor();
    await page.getByText('There already is a resource named devices.').waitFor();
    await page.getByText('Another field has this name.').waitFor();
    await page.getByText('Correct the marked fields above.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Name', { exact: true }).fill('No spaces, please');
    await page.getByLabel('Name of A', { exact: true }).fill('b');
    await page.getByLabel('Key of a', { exact: true }).check();
    // What only the server knows.
    await page.getByLabel('Max. length of b').fill('0.5');
    await showPlan(page);
    await page.getByText(/maxLength is/).waitFor();
    await page.getByLabel('Max. length of b').fill('20');
    await showPlan(page);
    await page
      .getByText(/is not a valid (?:resource )?name|Use lowercase|small letters/i)
      .first()
      .waitFor();
    await page.getByLabel('Name', { exact: true }).fill('pairs');
    await page.getByRole('button', { name: 'Leave out of b' }).click();
    await page.getByRole('button', { name: 'Take back b' }).waitFor();
    await showPlan(page);
    await page.getByText('Fields: 1.').waitFor();
    await page.getByRole('button', { name: 'Take back b' }).click();
    await page.getByText('Something has changed since the plan was made.').waitFor();
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('400'))).toEqual([]);
  });

  test('what is no table is refused with the reason, and an empty file too', async () => {
    const page = await console.open('/o/demo/new-resource');
    await pick(page, 'book.xlsx', 'PK\u0003\u0004 and more');
    await page.getByText('This file cannot be read as a table').waitFor();
    await expectAccessible(page);
    await pick(page, 'empty.csv', '');
    await page.getByText('This file is empty').waitFor();
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('400'))).toEqual([]);
  });
});

describe('a resource', () => {
  const readings = { fields: [{ name: 'k' }, { name: 'n', type: 'integer' }], primaryKey: 'k' };

  test('is listed with its health, shown, edited with its losses named, and removed', async () => {
    await declare('readings', { ...readings, openbulk: { labels: { en: 'Readings' } } });
    const page = await console.open('/o/demo/import?action=import-readings');
    await pick(page, 'readings.csv', 'k,n\na,1\nb,2\nc,\n');
    await page.getByRole('button', { name: 'Continue to columns' }).click();
    await page.getByRole('button', { name: 'Import without a check' }).click();
    await page.getByText('Completed', { exact: true }).first().waitFor();

    await page.getByRole('link', { name: 'Resources' }).click();
    const row = page.getByRole('row', { name: /readings/ });
    await row.getByText('Sound').waitFor();
    await row.getByText('this organization').waitFor();
    await expectAccessible(page);
    await row.getByRole('link', { name: 'Readings', exact: true }).click();
    await page.getByRole('heading', { name: 'Readings' }).waitFor();
    await page.getByText('resource.readings.import').waitFor();
    await page.getByText('Declaration (JSON)').click();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('heading', { name: 'Edit “Readings”' }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Label of n').fill('Number');
    await page.getByRole('button', { name: 'Leave out of n' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Take back n' }).waitFor();
    await showPlan(page);
    await page.getByText('2 values of n are lost.').waitFor();
    await page.getByRole('button', { name: 'Apply the change' }).click();
    const dialog = page.getByRole('dialog', { name: 'Values are lost' });
    const yes = dialog.getByRole('button', { name: 'Apply the change' });
    expect(await yes.isDisabled()).toBe(true);
    await expectAccessible(page);
    // By keyboard.
    await dialog.getByLabel('Yes, delete these 2 values').focus();
    await page.keyboard.press('Space');
    expect(await yes.isEnabled()).toBe(true);
    await yes.press('Enter');
    await page.getByRole('heading', { name: 'Readings', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Edit' }).waitFor();
    expect(await ask(page, '/resources/readings/records')).not.toContain('"n"');

    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Its table is deleted with its 3 records.').waitFor();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('“Readings” was removed').waitFor();
    await expect.poll(() => page.getByRole('row', { name: /readings/ }).count()).toBe(0);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('keeps its numbers digit for digit when it is edited', async () => {
    const bounds = '"constraints":{"minimum":-9223372036854775807,"maximum":9223372036854775807}';
    const fields = `[{"name":"k"},{"name":"n","type":"integer",${bounds}}]`;
    await declare('exact', `{"fields":${fields},"primaryKey":["k"],"openbulk":{"name":"exact"}}`);
    const page = await console.open('/o/demo/resources/exact');
    await page.getByText('Declaration (JSON)').click();
    await page.getByText('"maximum": 9223372036854775807').waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Label of n').fill('Number');
    // The draft is there again, as it was, when the page is loaded again.
    await page.reload();
    await page.getByRole('button', { name: 'Undo all changes' }).waitFor();
    await page.getByRole('button', { name: 'More of n' }).click();
    await page.getByLabel('Allowed values of n').fill('1\n9223372036854775806');
    await showPlan(page);
    await page.getByRole('button', { name: 'Apply the change' }).click();
    await page.getByRole('heading', { name: 'exact' }).waitFor();
    const served = await ask(page, '/resources/exact');
    expect(served).toContain('"minimum":-9223372036854775807,"maximum":9223372036854775807');
    expect(served).toMatch(/"enum":\[1,"?9223372036854775806"?\]/);
    expect(served).toContain('"labels":{"en":"Number"}');
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('that changed meanwhile is not changed by a plan of before', async () => {
    await declare('moving', readings);
    const page = await console.open('/o/demo/resources/moving/edit');
    await page.getByLabel('Label of n').fill('Number');
    await showPlan(page);
    await page.getByText('Changes the resource “moving”. Its table and records stay as they are.').waitFor();
    await declare('moving', { ...readings, title: 'Moved' });
    await page.getByRole('button', { name: 'Apply the change' }).click();
    await page.getByText('Something has changed since the plan was made. Show it again.').waitFor();
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('412'))).toEqual([]);
  });
});

describe('from a table', () => {
  test('that exists to its records, and the table is told of when it changes', async () => {
    const page = await console.open('/o/demo/new-resource');
    await page.getByRole('link', { name: 'From a table' }).click();
    await page
      .getByRole('row', { name: /crm\.loose/ })
      .getByText(/has no unique index/)
      .waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'crm.customers' }).click();
    await page.getByLabel('Name of full name').fill('name');
    await page.getByLabel('Label of name').fill('Full name');
    await page.reload();
    expect(await page.getByLabel('Label of name').inputValue()).toBe('Full name');
    await page.getByLabel('Whose the rows are').waitFor();
    await showPlan(page);
    await page.getByText('for the table crm.customers, which stays as it is.').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create the resource' }).click();
    await page.getByText('2 records').waitFor();
    expect(await page.getByRole('columnheader').allTextContents()).toEqual(['code', 'Full name', 'vip']);
    await page.getByRole('link', { name: 'C2' }).click();
    const dialog = page.getByRole('dialog', { name: 'C2' });
    expect(await dialog.getByRole('definition').allTextContents()).toEqual(['C2', 'Grace', 'No']);
    await expectAccessible(page);
    await page.keyboard.press('Escape');

    await run('alter table crm.customers drop column vip');
    await page.getByRole('link', { name: 'Resources' }).click();
    await page
      .getByRole('row', { name: /crm\.customers/ })
      .getByText('Table has changed')
      .waitFor();
    await page.getByRole('link', { name: 'Customers', exact: true }).click();
    await page.getByText('crm.customers has no column vip').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('The table and its rows stay as they are.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('“Customers” was removed').waitFor();
    const { rows } = await console.program.pool.query('select code from crm.customers');
    expect(rows).toHaveLength(2);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('that vanishes between the plan and its application is told of, and nothing is created', async () => {
    await run('create table crm.brief (code text primary key)');
    const page = await console.open('/o/demo/new-resource?from=table&table=crm.brief');
    await page.getByLabel('Name of code').waitFor();
    await showPlan(page);
    await page.getByRole('button', { name: 'Create the resource' }).waitFor();
    await run('drop table crm.brief');
    await page.getByRole('button', { name: 'Create the resource' }).click();
    await page.getByText('There is no table crm.brief').waitFor();
    await expectAccessible(page);
    expect(await ask(page, '/resources')).not.toContain('brief');
    await page.reload();
    await page.getByText('The table crm.brief is not there any more.').waitFor();
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('400'))).toEqual([]);
  });
});

test('who cannot declare resources sees them, and no button that would be refused', async () => {
  const page = await console.open('/o/demo/resources');
  await page.getByRole('link', { name: 'New resource' }).waitFor();
  await page.route('**/auth/session', async (route) => {
    const answer = await route.fetch();
    const session = (await answer.json()) as { permissions: string[] };
    const permissions = session.permissions.filter((each) => each !== 'base.bulk.resource.manage');
    await route.fulfill({ response: answer, json: { ...session, permissions } });
  });
  await page.reload();
  await page.getByRole('row', { name: /Inventory items/ }).waitFor();
  expect(await page.getByRole('link', { name: 'New resource' }).count()).toBe(0);
  expect(await page.getByRole('columnheader', { name: 'Health' }).count()).toBe(0);
  for (const path of ['new-resource', 'resources/mdm-users/edit']) {
    await page.goto(`${console.program.url}/o/demo/${path}`);
    await page.getByText('You do not have access to this page').waitFor();
    await expectAccessible(page);
  }
  await page.goto(`${console.program.url}/o/demo/import`);
  await pick(page, 'unknown.csv', 'Title,Kind\n1,2\n');
  await page.getByText('This file does not look like any of your resources.').waitFor();
  expect(await page.getByRole('button', { name: 'New resource from this file' }).count()).toBe(0);
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});

/** The pages that there are, and what is on them in Spanish. */
const pages = {
  'the list': { path: 'resources', spanish: 'Artículos de inventario' },
  'a resource': { path: 'resources/inventory-items', spanish: 'Nombre de host' },
  'one that is not there': { path: 'resources/nothing', spanish: 'No se ha encontrado' },
  'a new resource': { path: 'new-resource', spanish: 'Suelte aquí un archivo' },
  'tables to choose from': { path: 'new-resource?from=table', spanish: 'crm.loose' },
} as const;

test.each(Object.keys(pages) as (keyof typeof pages)[])(
  '%s fits into 360 pixels, in Spanish, light and dark',
  async (name) => {
    const { path, spanish } = pages[name];
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: 360, height: 740 };
      const page = await console.open(`/o/demo/${path}`, { colorScheme, locale: 'es-ES', viewport });
      await page.getByText(spanish).first().waitFor();
      await expectToFit(page);
      await expectAccessible(page);
      await console.done(page);
    }
    expect(console.complaints().filter((text) => !text.includes('404'))).toEqual([]);
  },
);

test('the editor fits into 360 pixels, in Spanish and in the dark, with all that it can say', async () => {
  const viewport = { width: 360, height: 740 };
  const page = await start('b.csv', 'a,b\n1,x\n1,x\n', { colorScheme: 'dark', locale: 'es-ES', viewport });
  await page.getByRole('button', { name: 'Más de b' }).click();
  await page.getByRole('button', { name: 'Mostrar el plan' }).click();
  await page.getByText('Elija al menos un campo como clave.').waitFor();
  await expectToFit(page);
  await expectAccessible(page);
  await page.getByLabel('Clave de a').check();
  await page.getByRole('button', { name: 'Mostrar el plan' }).click();
  await page.getByText('Las sentencias SQL que se ejecutan').click();
  await expectToFit(page);
  await expectAccessible(page);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});
