import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvLines } from '../../src/files/csv-lines.ts';
import { cellOf } from '../../src/readers/csv/cell-text.ts';
import { anyNames } from '../support/data/any-text.ts';
import { type Console, expectAccessible, importFile, openConsole, signIn } from './console.ts';

/** What was begun in the console is of its own file, is not lost, and is not done twice: in a real browser, on the running program. */
let console: Console;

beforeAll(async () => {
  console = await openConsole();
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

interface Chosen {
  readonly name: string;
  readonly content: string | Buffer;
}

async function pick(page: Page, { name, content }: Chosen): Promise<void> {
  const buffer = Buffer.isBuffer(content) ? content : Buffer.from(content);
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer });
}

async function toColumns(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue to columns' }).click();
  await page.getByRole('heading', { name: 'Match the columns' }).waitFor();
}

async function check(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check the whole file' }).click();
  await checked(page);
}

function checked(page: Page): Promise<void> {
  return page.getByRole('heading', { name: 'Outcomes of the check' }).waitFor();
}

async function runEnds(page: Page): Promise<void> {
  await page.waitForURL('**/o/demo/tasks/*');
  await page
    .getByText(/^Completed/)
    .first()
    .waitFor();
}

/** The numbers of a page: lines, inserted, updated, skipped, errors. */
async function figures(page: Page): Promise<number[]> {
  const texts = await page.locator('dl').first().getByRole('definition').allTextContents();
  return texts.map((text) => Number(text.replaceAll(',', '')));
}

/** The inventory items with a text in them. */
async function found(page: Page, text: string): Promise<{ basic: Record<string, unknown> }[]> {
  const address = `/v1/organizations/demo/inventory-items?q=${encodeURIComponent(text)}`;
  return page.evaluate(`fetch('${address}').then((answer) => answer.json()).then(({ data }) => data.items)`);
}

/** Three files of the same shape in three encodings; each must be shown and stored by its own. */
function three(prefix: string): Chosen[] {
  const text = (n: number, name: string) => `Name;Category;Serial\n${name};laptop;${prefix}${n}\n`;
  return [
    { name: 'one.csv', content: text(1, 'Ñandú') },
    { name: 'two.csv', content: Buffer.from(text(2, 'Cámara'), 'latin1') },
    { name: 'three.csv', content: `Serial,Name,Category\n${prefix}3,Żółć,phone\n` },
  ];
}
const NAMES = ['Ñandú', 'Cámara', 'Żółć'];

describe('a file whose values are written in its own way', () => {
  test('is read as it seems to be: dates and numbers column by column, rows that end early once that is said', async () => {
    const page = await console.open('/o/demo/import');
    const header =
      'Name;basic.type;identifiers.serialNumber;purchase.orderDate;lifecycle.warrantyExpirationDate;purchase.pricing';
    const rows = [
      'A;laptop;KV1;31.12.2025;12/31/2026;1.299,50',
      'B;phone;KV2;30.11.2025;11/30/2026;12.345,00',
      'C;phone;KV3',
    ];
    await pick(page, { name: 'own.csv', content: `${header}\n${rows.join('\n')}\n` });
    await toColumns(page);
    await expectAccessible(page);
    expect(await page.getByLabel('Numbers of purchase.pricing').inputValue()).toBe('1.234,56');
    await page.getByText('1 of the first rows lacks its last cells').waitFor();
    await page.getByLabel('Accept rows with too few cells').check();
    await page.getByRole('button', { name: 'Import without a check' }).click();
    await runEnds(page);
    expect(await figures(page)).toEqual([3, 3, 0, 0, 0]);
    const items = (await found(page, 'KV')) as unknown as Record<string, Record<string, unknown>>[];
    const byName = Object.fromEntries(items.map((item) => [item.basic?.name, item]));
    expect(byName.A).toMatchObject({ purchase: { orderDate: '2025-12-31', pricing: 1299.5 } });
    expect(byName.B).toMatchObject({
      purchase: { pricing: 12_345 },
      lifecycle: { warrantyExpirationDate: '2026-11-30' },
    });
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('a report of the console itself is told, and leads to its task', async () => {
    const page = await console.open('/o/demo/import');
    await pick(page, {
      name: 'report.csv',
      content: "Name,line,code,column,reason,extraCells\n'=1,2,required,basic.type,No.,\n",
    });
    await page.getByText('This is an OpenBulk report.').waitFor();
    await page.getByRole('cell', { name: '=1', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Show tasks with errors' }).click();
    await page.waitForURL(/\/o\/demo\/tasks\?.*errors=true/);
    await console.done(page);
  });
});

describe('three files, one after the other', () => {
  test('in one tab, each is shown, mapped and stored by what is in it', async () => {
    const page = await console.open('/o/demo/import');
    for (const [index, file] of three('KA').entries()) {
      if (index > 0) await page.getByRole('link', { name: 'New import' }).click();
      await page.getByRole('heading', { name: 'New import' }).waitFor();
      expect(await page.getByRole('table').count()).toBe(0);
      await pick(page, file);
      await page.getByRole('cell', { name: NAMES[index] as string, exact: true }).waitFor();
      expect(await page.getByRole('row').count()).toBe(2);
      await toColumns(page);
      await page.getByRole('button', { name: 'Import without a check' }).click();
      await runEnds(page);
      expect(await figures(page)).toEqual([1, 1, 0, 0, 0]);
      expect(await found(page, `KA${index + 1}`)).toMatchObject([{ basic: { name: NAMES[index] } }]);
    }
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('one replaced by the other before it is sent', async () => {
    const page = await console.open('/o/demo/import');
    for (const [index, file] of three('KB').entries()) {
      await pick(page, file);
      await page.getByRole('cell', { name: NAMES[index] as string, exact: true }).waitFor();
      expect(await page.getByRole('row').count()).toBe(2);
    }
    await toColumns(page);
    await check(page);
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await runEnds(page);
    expect(await found(page, 'KB')).toMatchObject([{ basic: { name: 'Żółć', type: 'phone' } }]);
    await console.done(page);
  });

  test('in two tabs, neither has anything of the other', async () => {
    const one = await console.open('/o/demo/import');
    const two = await one.context().newPage();
    await two.goto(one.url());
    const [first, second, third] = three('KC') as [Chosen, Chosen, Chosen];
    await pick(one, first);
    await pick(two, second);
    await two.getByRole('cell', { name: 'Cámara', exact: true }).waitFor();
    await one.getByRole('cell', { name: 'Ñandú', exact: true }).waitFor();
    await toColumns(two);
    await toColumns(one);
    for (const page of [one, two]) {
      await page.getByRole('button', { name: 'Import without a check' }).click();
      await runEnds(page);
    }
    await two.getByRole('link', { name: 'New import' }).click();
    await pick(two, third);
    await two.getByRole('cell', { name: 'Żółć', exact: true }).waitFor();
    await toColumns(two);
    await two.getByRole('button', { name: 'Import without a check' }).click();
    await runEnds(two);
    const names = (await found(two, 'KC')).map(({ basic }) => basic.name);
    expect(names.toSorted()).toEqual(NAMES.toSorted());
    await one.context().close();
  });
});

describe('what would be lost', () => {
  test('overwriting with blank cells says which columns have some before it clears anything', async () => {
    const head = 'basic.name,basic.type,identifiers.serialNumber,basic.location,basic.owner';
    await importFile(console.program, 'full.csv', `${head}\nA,laptop,KD1,Attic,Ada\n`);
    const page = await console.open('/o/demo/import');
    await pick(page, { name: 'blank.csv', content: `${head}\nA,laptop,KD1,,Ada\n` });
    await toColumns(page);
    expect(await page.getByText('they clear the value of the record').count()).toBe(0);
    await page.getByLabel('Overwrite them').check();
    await page.getByText('Columns with blank cells: basic.location.').waitFor();
    await expectAccessible(page);
    await check(page);
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await runEnds(page);
    expect(await figures(page)).toEqual([1, 0, 1, 0, 0]);
    const [item] = await found(page, 'KD1');
    expect(item?.basic).toMatchObject({ name: 'A', owner: 'Ada' });
    expect(item?.basic.location ?? '').toBe('');
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('numbers beside a word for no value have a format, and the word is said to be one', async () => {
    const page = await console.open('/o/demo/import');
    const rows = 'A;SN-21;laptop;31.01.2026;1.299,50\nB;SN-22;laptop;28.02.2026;NULL\n';
    await pick(page, { name: 'de.csv', content: `Bezeichnung;Seriennr;Typ;Kaufdatum;Preis\n${rows}` });
    await page.getByRole('button', { name: 'Continue to columns' }).click();
    await page.getByText(/^Other columns that records have/).click();
    for (const [target, header] of [
      ['basic.name', 'Bezeichnung'],
      ['basic.type', 'Typ'],
      ['identifiers.serialNumber', 'Seriennr'],
      ['purchase.orderDate', 'Kaufdatum'],
      ['purchase.pricing', 'Preis'],
    ] as const)
      await page.getByLabel(target, { exact: true }).selectOption(header);
    await page.getByText('“31.01.2026” in the file is 31 January 2026.').waitFor();
    await page.getByLabel('Numbers of purchase.pricing').selectOption('1.234,56');
    await page.getByLabel('Cells without a value').fill('NULL, n/a');
    await page.getByRole('button', { name: 'Check the whole file' }).click();
    await page.getByText('Every line is valid.').waitFor();
    await console.done(page);
  });

  test('columns without a name, or with one that is there twice, are chosen by their place; a title is no header', async () => {
    const page = await console.open('/o/demo/import');
    await pick(page, { name: 'title.csv', content: 'Stock in April,,,\nName,Type,Serial,\na,b,c,d\n' });
    await page.getByText('the row that starts with “Name, Type, Serial” looks like the column names').waitFor();
    await pick(page, { name: 'twice.csv', content: 'Name,Type,Serial,Serial,,\nA,laptop,wrong,KE1,Attic,\n' });
    await toColumns(page);
    await page.getByLabel('identifiers.serialNumber', { exact: true }).selectOption('Serial (column 4)');
    const unused = page.getByRole('list').filter({ hasText: 'no name (column 5)' }).last();
    expect(await unused.getByRole('listitem').allTextContents()).toEqual([
      'Serial (column 3)',
      'no name (column 5) with Attic',
    ]);
    await page.getByText(/^Other columns that records have/).click();
    await page.getByLabel('basic.location', { exact: true }).selectOption('no name (column 5)');
    await check(page);
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await runEnds(page);
    expect(await found(page, 'KE1')).toMatchObject([{ basic: { name: 'A', location: 'Attic' } }]);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('a check is looked at line by line, and gone on with where one was', async () => {
    const page = await console.open('/o/demo/import');
    await pick(page, { name: 'back.csv', content: 'Name,Category,Serial,Room\nA,laptop,KF1,x\n,laptop,KF2,y\n' });
    await toColumns(page);
    await page.getByText(/^Other columns that records have/).click();
    await page.getByLabel('basic.location', { exact: true }).selectOption('Room');
    await check(page);
    await page.getByRole('link', { name: 'Show all lines of the check' }).click();
    await page.getByRole('tab', { name: 'Lines with errors' }).waitFor();
    await page.goBack();
    await checked(page);
    await page.getByRole('button', { name: 'Back to columns' }).click();
    expect(await page.getByLabel('basic.location', { exact: true }).locator('option:checked').textContent()).toBe(
      'Room',
    );
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('link', { name: 'New import' }).click();
    await page.getByText('back.csv').waitFor();
    await toColumns(page);
    await check(page);
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await runEnds(page);
    expect(await found(page, 'KF1')).toMatchObject([{ basic: { location: 'x' } }]);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

test('what was corrected on a check is imported as it was checked, from its page and where one was', async () => {
  const page = await console.open('/o/demo/import', { viewport: { width: 1_280, height: 3_000 } });
  const content = 'basic.name,basic.type,identifiers.serialNumber\nOne,,KI1\nTwo,,KI2\nThree,phone,KI3\n';
  await pick(page, { name: 'checked.csv', content });
  await toColumns(page);
  await page.getByLabel('Overwrite them').check();
  await check(page);
  await page.getByRole('link', { name: 'Show all lines of the check' }).click();
  await page.getByRole('button', { name: 'Correct here' }).click();
  await page.getByLabel('Line 2, basic.type').fill('laptop');
  await page.getByRole('button', { name: 'Check corrected rows' }).click();
  await page.getByRole('heading', { name: 'checked-fixes.csv' }).waitFor();
  const run = page.getByRole('button', { name: 'Import the checked file with 1 corrected line' });
  await run.waitFor();
  await page.getByText('they clear the value of the record').waitFor();
  await expectAccessible(page);
  for (let step = 0; step < 2; step += 1) await page.goBack();
  await checked(page);
  await run.click();
  await page.getByRole('heading', { name: 'checked-corrected.csv' }).waitFor();
  await runEnds(page);
  expect(await figures(page)).toEqual([3, 2, 0, 0, 1]);
  await expect.poll(() => page.getByRole('table').last().getByRole('rowheader').allTextContents()).toEqual(['3']);
  expect((await found(page, 'KI')).map(({ basic }) => basic.type).toSorted()).toEqual(['laptop', 'phone']);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

test('a fix that is applied twice makes no second record, and its task offers what is left', async () => {
  const content = 'basic.name,basic.type,identifiers.serialNumber\nOne,,KG1\nTwo,,KG2\n';
  const id = await importFile(console.program, 'twice.csv', content);
  const page = await console.open(`/o/demo/tasks/${id}`, { viewport: { width: 1_280, height: 3_000 } });
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download lines with errors' }).click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await downloading).createReadStream()) chunks.push(chunk as Buffer);
  const report = Buffer.concat(chunks).toString();
  await page.getByRole('button', { name: 'Correct here' }).click();
  await page.getByLabel('Line 2, basic.type').fill('laptop');
  await page.getByLabel('Line 2, identifiers.serialNumber').fill('KG10');
  await page.getByRole('button', { name: 'Submit corrected rows' }).click();
  await page.getByRole('heading', { name: 'twice-fixes.csv' }).waitFor();
  await page.getByText('1 line still has an error').waitFor();
  await page.getByText('Fixes of').getByRole('link', { name: 'twice.csv' }).click();
  await page.getByRole('heading', { name: 'twice.csv', exact: true }).waitFor();
  const lines = page.getByRole('table').last().getByRole('rowheader');
  await expect.poll(() => lines.allTextContents(), { timeout: 15_000 }).toEqual(['3']);
  await page.getByText('1 line', { exact: true }).waitFor();

  // The report that was downloaded first has both lines.
  const corrected = report.replaceAll('One,,KG1', 'One,laptop,KG11').replaceAll('Two,,KG2', 'Two,phone,KG20');
  const upload = async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload corrected file' }).click();
    await (await chooser).setFiles({ name: 'report.csv', mimeType: 'text/csv', buffer: Buffer.from(corrected) });
  };
  await upload();
  await page.getByRole('heading', { name: 'twice-fixes.csv' }).waitFor();
  await page.getByText('1 line was left out').waitFor();
  expect((await found(page, 'KG')).length).toBe(2);
  expect((await found(page, 'KG11')).length).toBe(0);
  await page.getByText('Fixes of').getByRole('link', { name: 'twice.csv' }).click();
  await page.getByText('All of these lines are corrected').waitFor();
  expect(await page.getByRole('button', { name: 'Correct here' }).count()).toBe(0);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});

describe('a session that ends in an import', () => {
  const file = { name: 'session.csv', content: 'Name,Category,Serial,Room\nA,laptop,KH1,x\n' };

  /** Ends it on the server's side of the cookie. */
  async function end(page: Page): Promise<void> {
    await page.context().clearCookies();
  }

  /** Signs in by what the page offers, in the tab that it opens. */
  async function again(page: Page): Promise<void> {
    const context: BrowserContext = page.context();
    const opening = context.waitForEvent('page');
    await page.getByText('Your work is kept in this tab').waitFor();
    expect(await page.getByText('No auth token').count()).toBe(0);
    await page.getByRole('link', { name: 'Sign in' }).click();
    const tab = await opening;
    await signIn(tab);
    await tab.getByRole('heading', { name: 'You are signed in again' }).waitFor();
    await tab.close();
  }

  test('at every step, is gone on with where one was', async () => {
    const page = await console.open('/o/demo/import');
    await page.getByText('Drop a file here').waitFor();
    await end(page);
    await pick(page, file);
    await again(page);
    await page.getByRole('cell', { name: 'KH1' }).waitFor();
    await toColumns(page);
    await page.getByText(/^Other columns that records have/).click();
    await page.getByLabel('basic.location', { exact: true }).selectOption('Room');
    await end(page);
    await page.getByLabel('A device').check();
    await again(page);
    await page.getByLabel('An inventory item').check();
    expect(await page.getByLabel('basic.location', { exact: true }).locator('option:checked').textContent()).toBe(
      'Room',
    );
    await end(page);
    await page.getByRole('button', { name: 'Check the whole file' }).click();
    await again(page);
    await page.getByText('Your session had expired').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await checked(page);
    expect(await figures(page)).toEqual([1, 1, 0, 0, 0]);
    await end(page);
    await page.getByRole('button', { name: 'Import the checked file' }).click();
    await again(page);
    await page.getByRole('button', { name: 'Try again' }).click();
    await runEnds(page);
    expect(await found(page, 'KH1')).toMatchObject([{ basic: { location: 'x' } }]);
    await end(page);
    await page.getByRole('link', { name: 'Tasks' }).first().click();
    await again(page);
    await page.getByRole('link', { name: 'session.csv' }).first().waitFor();
    await console.done(page);
    // The browser tells of each 401.
    expect(console.complaints().filter((text) => !text.includes('401'))).toEqual([]);
  }, 120_000);
});

test('any text of a file comes back as it was, through the report that is downloaded and its upload', async () => {
  const rows = anyNames.map((name, index) => [cellOf(name), '', `KT${100 + index}`]);
  const file = csvLines([['basic.name', 'basic.type', 'identifiers.serialNumber'], ...rows]);
  const page = await console.open(`/o/demo/tasks/${await importFile(console.program, 'any.csv', file)}`);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download lines with errors' }).click();
  const report = await readFile(await (await downloading).path());
  const [head = [], ...lines] = parse(report, { bom: true }) as string[][];
  const mended = lines.map(([name = '', , ...rest]) => [name, 'laptop', ...rest]).reverse();
  await pick(page, { name: 'any-report.csv', content: csvLines([head, ...mended]) });
  await page.getByRole('heading', { name: 'any-fixes.csv' }).waitFor();
  await page
    .getByText(/^Completed/)
    .first()
    .waitFor();
  const items = (await found(page, 'KT')) as unknown as Record<string, Record<string, string>>[];
  const names = Object.fromEntries(items.map((item) => [item.identifiers?.serialNumber, item.basic?.name]));
  expect(names).toEqual(Object.fromEntries(anyNames.map((name, index) => [`KT${100 + index}`, name])));
  await console.done(page);
});
