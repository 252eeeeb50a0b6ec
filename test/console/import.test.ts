import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { items } from '../cli/command.ts';
import { type Console, expectAccessible, expectToFit, importFile, openConsole } from './console.ts';

/** The way of a file to a task, in a real browser, on the running program. */
let console: Console;
let folder: string;

beforeAll(async () => {
  console = await openConsole();
  folder = await mkdtemp(join(tmpdir(), 'openbulk-'));
  // Where the browser must be installed first.
}, 300_000);
afterAll(async () => {
  await console?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** A file as another product gives it to its users. */
const ASSETS = join(import.meta.dirname, '../support/data/assets.csv');
const MIB = 1024 * 1024;

type Chosen = string | { readonly name: string; readonly content: string | Buffer };

/** Opens the page and chooses a file. */
async function choose(file: Chosen, options = {}): Promise<Page> {
  const page = await console.open('/o/demo/import', options);
  await pick(page, file);
  return page;
}

async function pick(page: Page, file: Chosen): Promise<void> {
  const files =
    typeof file === 'string'
      ? file
      : { name: file.name, mimeType: 'text/csv', buffer: Buffer.from(file.content as string) };
  await page.locator('input[type=file]').setInputFiles(files);
}

async function toColumns(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue to columns' }).click();
  await page.getByRole('heading', { name: 'Match the columns' }).waitFor();
}

async function check(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check the whole file' }).click();
  await page.getByRole('heading', { name: 'Outcomes of the check' }).waitFor();
}

/** What the choice for a column of the records shows. */
function chosenFor(page: Page, column: string): Promise<string | null> {
  return page.getByLabel(column, { exact: true }).locator('option:checked').textContent();
}

/** The numbers of a page: lines, inserted, updated, skipped, errors. */
async function figures(page: Page): Promise<number[]> {
  const texts = await page.locator('dl').first().getByRole('definition').allTextContents();
  return texts.map((text) => Number(text.replaceAll(',', '')));
}

/** Waits for the page of the task that runs, and for its end. */
async function runEnds(page: Page): Promise<string> {
  await page.waitForURL('**/o/demo/tasks/*');
  await page
    .getByText(/^Completed/)
    .first()
    .waitFor();
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** The inventory items with a text in them, as the API answers them. */
function found(page: Page, text: string): Promise<string> {
  const address = `/v1/organizations/demo/inventory-items?q=${encodeURIComponent(text)}`;
  return page.evaluate(`fetch('${address}').then((answer) => answer.text())`);
}

describe('from a file to a task', () => {
  test('the assets of another product are mapped, checked, and run with the same figures', async () => {
    const page = await choose(ASSETS);
    await page.getByRole('cell', { name: 'AT-1001' }).waitFor();
    await page.getByText('21 columns').waitFor();
    await toColumns(page);
    expect(await chosenFor(page, 'identifiers.foreignId')).toBe('Asset Tag');
    expect(await page.getByLabel('Date format of the file').inputValue()).toBe('M/D/YY');
    await page.getByText('“1/23/23” in the file is 23 January 2023.').waitFor();
    await page.getByLabel('basic.type', { exact: true }).selectOption({ label: 'The same value on every line…' });
    await page.getByText('Fill in the value for every line: basic.type.').waitFor();
    expect(await page.getByRole('button', { name: 'Check the whole file' }).isDisabled()).toBe(true);
    await page.getByLabel('Value of basic.type on every line').fill('laptop');
    await page.getByText(/^Other columns that records have/).click();
    await page.getByLabel('lifecycle.warrantyExpirationDate').selectOption('Asset EOL Date');
    await expectAccessible(page);
    await check(page);
    expect(await figures(page)).toEqual([22, 22, 0, 0, 0]);
    await page.getByText('Every line is valid.').waitFor();
    // Back and forth, nothing is lost, the check included.
    await page.goBack();
    expect(await page.getByLabel('Value of basic.type on every line').inputValue()).toBe('laptop');
    await page.goForward();
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await runEnds(page);
    expect(await figures(page)).toEqual([22, 22, 0, 0, 0]);
    const record = await found(page, 'AT-1001');
    for (const text of ['Drill', 'laptop', '2028-10-27']) expect(record).toContain(text);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('the columns of a header are remembered in this browser, and can be forgotten', async () => {
    const file = { name: 'again.csv', content: 'Title,Kind,No\nOne,laptop,R1\nTwo,phone,R2\n' };
    const page = await choose(file);
    await toColumns(page);
    await page.getByText('Every record needs basic.name and basic.type').waitFor();
    await page.getByLabel('basic.name', { exact: true }).selectOption('Title');
    await page.getByLabel('basic.type', { exact: true }).selectOption('Kind');
    await page.getByText('The key identifiers.serialNumber or identifiers.foreignId is required').waitFor();
    await page.getByLabel('identifiers.serialNumber', { exact: true }).selectOption('No');
    await page.getByRole('button', { name: 'Import without a check' }).click();
    await runEnds(page);
    await page.goto(`${console.program.url}/o/demo/import`);
    await pick(page, { ...file, name: 'tomorrow.csv' });
    await toColumns(page);
    await page.getByText('The same as last time').waitFor();
    expect(await chosenFor(page, 'identifiers.serialNumber')).toBe('No');
    await check(page);
    expect(await figures(page)).toEqual([2, 0, 0, 2, 0]);
    await page.getByText('The import would change nothing.').waitFor();
    await page.getByRole('button', { name: 'Back to columns' }).click();
    await page.getByLabel('Overwrite them').check();
    await page.getByText('they clear the value of the record').waitFor();
    await page.getByLabel('Keep the value of the record where a cell is blank').check();
    expect(await page.getByText('they clear the value of the record').count()).toBe(0);
    await page.getByRole('button', { name: 'Import without a check' }).click();
    await runEnds(page);
    expect(await figures(page)).toEqual([2, 0, 0, 2, 0]);
    await page.getByText('keep the value of the record', { exact: true }).waitFor();
    await page.goto(`${console.program.url}/o/demo/import`);
    await pick(page, { ...file, name: 'tomorrow.csv' });
    await toColumns(page);
    await page.getByRole('button', { name: 'Reset to suggestions' }).click();
    expect(await chosenFor(page, 'identifiers.serialNumber')).toBe('Not in the file');
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('Title');
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('a file of a Western Windows, with semicolons, is read with its accents', async () => {
    const content = Buffer.from(
      'Name;Category;Serial;Location\nCámara;cámara;L1;Ático\nTelón;varios;L2;Sótano\n',
      'latin1',
    );
    const page = await choose({ name: 'latin.csv', content });
    await page.getByRole('cell', { name: 'Cámara', exact: true }).waitFor();
    await page.getByText('separated by semicolons').waitFor();
    await page.getByText('The file is not UTF-8').waitFor();
    await page.getByLabel('Encoding').selectOption({ label: 'Unicode (UTF-8)' });
    await page.getByText('Some letters cannot be read').or(page.getByText('cannot be read as a table')).waitFor();
    await page.getByLabel('Encoding').selectOption({ label: 'Detect automatically' });
    await page.getByRole('cell', { name: 'Cámara', exact: true }).waitFor();
    await toColumns(page);
    await page.getByRole('button', { name: 'Import without a check' }).click();
    await runEnds(page);
    expect(await figures(page)).toEqual([2, 2, 0, 0, 0]);
    expect(await found(page, 'Sótano')).toContain('Telón');
    await console.done(page);
  });

  test('dates that can be read in two ways must be said, with what the first would be', async () => {
    const page = await choose({ name: 'dates.csv', content: 'Name,Category,Serial,Purchase Date\nA,b,D1,1/2/24\n' });
    await toColumns(page);
    await page.getByText('Choose the date format of the file.').waitFor();
    const format = page.getByLabel('Date format of the file');
    expect(await format.locator('option').allTextContents()).toEqual(
      expect.arrayContaining(['D/M/YY: the first is 1 February 2024', 'M/D/YY: the first is 2 January 2024']),
    );
    await format.selectOption('D/M/YY');
    await check(page);
    await page.goBack();
    await page.getByLabel('Date format of the file').selectOption({ label: 'Another format' });
    await page.getByLabel('Another format').last().fill('YY.MM.DD');
    await page.getByText('“1/2/24” does not match this format').waitFor();
    await check(page);
    expect(await figures(page)).toEqual([1, 0, 0, 0, 1]);
    await page.getByText('purchase.orderDate must be a date').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

describe('a file that will not do', () => {
  test('is refused in plain words, and another one is chosen', async () => {
    const page = await choose({ name: 'book.xlsx', content: 'PK\u0003\u0004 a workbook' });
    await page.getByRole('heading', { name: 'This file cannot be read as a table' }).waitFor();
    await page.getByText('Excel workbook').waitFor();
    await expectAccessible(page);
    await pick(page, { name: 'empty.csv', content: '' });
    await page.getByRole('heading', { name: 'This file is empty' }).waitFor();
    await pick(page, { name: 'binary.csv', content: Buffer.from([1, 0, 2, 0, 3, 10, 0, 255]) });
    await page.getByText('The file is not text').waitFor();
    await pick(page, { name: 'wide.csv', content: `${Array.from({ length: 2_000 }, (_, i) => `c${i}`).join()}\n1\n` });
    await page.getByRole('heading', { name: 'This file has 2,000 columns' }).waitFor();
    expect(await page.getByRole('button', { name: 'Continue to columns' }).count()).toBe(0);
    await pick(page, { name: 'one.csv', content: 'name\n' });
    await page.getByText('Only one column was found').waitFor();
    await page.getByText('The file has no rows below the first line').waitFor();
    await pick(page, { name: 'good.csv', content: items(2) });
    await page.getByRole('cell', { name: 'Item 2' }).waitFor();
    await console.done(page);
    console.complaints();
  });

  test('of one that was changed meanwhile nothing is sent, and why is said', async () => {
    const path = join(folder, 'changing.csv');
    await writeFile(path, items(2, 'C'));
    const page = await choose(path);
    await toColumns(page);
    await writeFile(path, items(3, 'C'));
    await page.getByRole('button', { name: 'Check the whole file' }).click();
    await page.getByRole('heading', { name: 'The file was changed or moved' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Choose another file' }).click();
    await pick(page, path);
    await page.getByRole('cell', { name: 'Item 3' }).waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

describe('a large file', () => {
  test('of 200 MB only the first MiB is sent to show it', async () => {
    const path = join(folder, 'large.csv');
    await writeFile(path, items(60_000));
    const file = await open(path, 'r+');
    await file.truncate(200_000_000);
    await file.close();
    const page = await console.open('/o/demo/import');
    const asked = page.waitForRequest('**/bulk-tasks/preview');
    await pick(page, path);
    await page.getByRole('cell', { name: 'Item 50', exact: true }).waitFor();
    const sent = Number(await (await asked).headerValue('content-length'));
    expect(sent).toBeGreaterThan(MIB);
    expect(sent).toBeLessThan(MIB + 2_048);
    await page.getByText('The first 50 rows.').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('is no longer checked when that is not waited for, and its columns are as they were', async () => {
    const path = join(folder, 'stopped.csv');
    await writeFile(path, items(1_000_000, 'Z'));
    const page = await choose(path);
    await toColumns(page);
    await page.getByText(/^Other columns that records have/).click();
    await page.getByLabel('basic.status', { exact: true }).selectOption({ label: 'The same value on every line…' });
    await page.getByLabel('Value of basic.status on every line').fill('in use');
    await page.getByRole('button', { name: 'Check the whole file' }).click();
    await page.getByRole('heading', { name: 'Checking the file' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Stop and go back to columns' }).click();
    expect(await page.getByLabel('Value of basic.status on every line').inputValue()).toBe('in use');
    await page.getByRole('link', { name: 'Tasks' }).click();
    const row = page.getByRole('row').filter({ hasText: 'stopped.csv' });
    await row.getByText('Cancelled').waitFor();
    expect(await row.getByText('Dry run').count()).toBe(1);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('its upload tells how far it is, can be stopped, and is not left by mistake', async () => {
    const page = await choose({ name: 'slow.csv', content: items(200_000, 'U') });
    const network = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 200_000 };
    await page.getByRole('cell', { name: 'Item 50', exact: true }).waitFor();
    await network.send('Network.emulateNetworkConditions', slow);
    await toColumns(page);
    await page.getByRole('button', { name: 'Import without a check' }).click();
    await page.getByText(/kB of .* uploaded/).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Tasks' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop the upload?' });
    await dialog.getByRole('button', { name: 'Stay here' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText(/B of .* uploaded/).waitFor();
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    expect((await asked).type()).toBe('beforeunload');
    await (await asked).dismiss();
    await page.getByRole('button', { name: 'Stop the upload' }).click();
    await page.getByRole('heading', { name: 'The upload was stopped' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText(/uploaded/).waitFor();
    await page.getByRole('link', { name: 'Tasks' }).click();
    await dialog.getByRole('button', { name: 'Stop the upload' }).click();
    await page.waitForURL('**/o/demo/tasks');
    await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
    expect(await page.getByText('slow.csv').count()).toBe(0);
    await page.context().close();
    expect(console.complaints()).toEqual([]);
  });
});

test('markup in the name of a file, in headers, cells and reasons is text', async () => {
  const bad = '<img src=x onerror=alert(1)>';
  const content = `${bad},name,type,serial,"<script>alert(2)</script>"\n${bad},A,${bad},X1,${bad}\n${bad},,b,X2,c\nd,${bad},e,${'<b>'.repeat(100)},f\n`;
  const page = await console.open('/o/demo/import');
  page.on('dialog', (dialog) => {
    throw new Error(dialog.message());
  });
  const none = async () => expect(await page.locator('main img, main script, main b').count()).toBe(0);
  await pick(page, { name: `${bad}.csv`, content });
  await page.getByRole('columnheader', { name: bad }).waitFor();
  await none();
  await toColumns(page);
  await page.getByText(/^Other columns that records have/).click();
  await page.getByLabel('network.hostname').selectOption(bad);
  await none();
  await check(page);
  expect(await figures(page)).toEqual([3, 1, 0, 0, 2]);
  await page.getByText('<b><b>').first().waitFor();
  await none();
  await page.getByRole('button', { name: 'Import the checked file' }).click();
  await runEnds(page);
  await page.getByRole('heading', { name: `${bad}.csv` }).waitFor();
  await none();
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});

test('all of it is done by keyboard', async () => {
  const page = await console.open('/o/demo/import');
  const { keyboard } = page;
  const focused = () =>
    page.evaluate(
      `(({ activeElement: at }) => at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent)(document)`,
    );
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 60; presses += 1) {
      if ((await focused()) === name) return;
      await keyboard.press('Tab');
    }
    throw new Error(`${name} cannot be reached`);
  };
  const chooser = page.waitForEvent('filechooser');
  await tabTo('Choose a file');
  await keyboard.press('Enter');
  const buffer = Buffer.from('Name,Category,Serial\nA,b,K1\n');
  await (await chooser).setFiles({ name: 'keys.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('cell', { name: 'K1' }).waitFor();
  await tabTo('Continue to columns');
  await keyboard.press('Enter');
  await page.waitForURL('**/import?step=columns');
  await page.getByRole('heading', { name: 'Match the columns' }).waitFor();
  // Who has come to a step is at its beginning.
  expect(await focused()).toBe('What does each row contain?');
  await tabTo('Keep them and skip the line');
  await keyboard.press('ArrowDown');
  await tabTo('Check the whole file');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Outcomes of the check' }).waitFor();
  await tabTo('Import the checked file');
  await keyboard.press('Enter');
  await runEnds(page);
  expect(await figures(page)).toEqual([1, 1, 0, 0, 0]);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

describe.each([
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
] as const)('with $colorScheme colours, $viewport.width pixels wide', (options) => {
  test('axe has nothing to object to in any step, and all of it fits', async () => {
    const page = await choose(
      { name: 'users.csv', content: 'Email,Full name,Job Title\nada@example.com,Ada,x\nnone,B,y\n' },
      options,
    );
    const good = async () => {
      await expectAccessible(page);
      await expectToFit(page);
    };
    await page.getByText('All 2 rows of the file.').waitFor();
    await page.getByText('Letters look wrong?').click();
    await good();
    await toColumns(page);
    await good();
    await page.getByLabel('An MDM user').check();
    await page.getByRole('button', { name: 'Keep as metadata.jobTitle' }).click();
    expect(await chosenFor(page, 'metadata.jobTitle')).toBe('Job Title');
    await good();
    await check(page);
    await page.getByText('email must be an email address').waitFor();
    await good();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

test('all of it is there in Spanish', async () => {
  const page = await choose({ name: 'n.csv', content: 'Name,Category,Serial\nA,b,S1\n,b,S2\n' }, { locale: 'es-ES' });
  await page.getByRole('button', { name: 'Continuar con las columnas' }).click();
  await page.getByRole('heading', { name: 'Asociar las columnas' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Comprobar todo el archivo' }).click();
  await page.getByRole('heading', { name: 'Resultados de la comprobación' }).waitFor();
  expect(await figures(page)).toEqual([2, 1, 0, 0, 1]);
  await page.getByText('1 línea').waitFor();
  await expectAccessible(page);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

test('the list of tasks marks what only was a check', async () => {
  await importFile(console.program, 'marks.csv', items(1, 'M'));
  const page = await choose({ name: 'marks.csv', content: items(1, 'M') });
  await toColumns(page);
  await check(page);
  await page.getByRole('link', { name: 'Tasks' }).click();
  await page.getByRole('searchbox').fill('marks');
  await page.waitForURL('**/tasks?q=marks');
  const rows = page.getByRole('row').filter({ hasText: 'marks.csv' });
  await rows.nth(1).waitFor();
  expect(await rows.filter({ hasText: 'Dry run' }).count()).toBe(1);
  await console.done(page);
});
