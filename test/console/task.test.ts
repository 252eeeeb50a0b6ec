import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Console, expectAccessible, expectToFit, importFile, openConsole } from './console.ts';

/** What was not applied, and how a person corrects it, in a real browser on the running program. */
let console: Console;

beforeAll(async () => {
  console = await openConsole();
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

/** A file as another product gives it to its users. */
const ASSETS = join(import.meta.dirname, '../support/data/assets.csv');

const HEADER = 'Label,basic.type,Serial,Price,Bought,Note';
const SETTINGS = {
  mapping: JSON.stringify({
    'basic.name': 'Label',
    'identifiers.serialNumber': 'Serial',
    'purchase.pricing': 'Price',
    'purchase.orderDate': 'Bought',
    'basic.description': 'Note',
  }),
  dateFormat: 'M/D/YY',
};

/** Lines 3, 4 and 7 have errors, 6 is skipped. @param prefix of the serial numbers */
function broken(prefix: string): string {
  const lines = [
    `One,laptop,${prefix}1,1,1/31/26,`,
    `Two,laptop,${prefix}2,much,,"on two\nlines"`,
    `Three,,${prefix}3,3,,`,
    `Four,phone,${prefix}4,4,,`,
    `Again,laptop,${prefix}1,5,,`,
    `Six,laptop,${prefix}6,more,,`,
  ];
  return `${HEADER}\n${lines.join('\n')}\n`;
}

/** So high that nothing is scrolled behind what stays in place, of which axe would say that it cannot be hit. */
const HEIGHT = 3_000;
const TALL = { viewport: { width: 1_280, height: HEIGHT } };

async function openBroken(prefix: string, options: object = TALL): Promise<Page> {
  const id = await importFile(console.program, `${prefix}.csv`, broken(prefix), SETTINGS);
  return open(id, options);
}

async function open(id: string, options: object = TALL, query = ''): Promise<Page> {
  const page = await console.open(`/o/demo/tasks/${id}${query}`, options);
  await page.getByRole('table').first().waitFor();
  return page;
}

/** The numbers of the ledger: lines, and what became of them. */
async function ledger(page: Page): Promise<number[]> {
  const definitions = page.getByRole('region', { name: 'Lines', exact: true }).getByRole('definition');
  return (await definitions.allTextContents()).map(numberOf);
}

/** The rows of the family: what each is called, and its numbers. */
async function family(page: Page): Promise<(string | number)[][]> {
  const rows = await page.getByRole('region', { name: 'This file and its corrections' }).getByRole('row').all();
  const texts = await Promise.all(rows.slice(1).map((row) => row.locator('th, td').allTextContents()));
  return texts.map(([name = '', ...cells]) => [name.trim(), ...cells.slice(-5).map(numberOf)]);
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}

/** Only a task that is over can be deleted. */
async function finished(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Delete' }).waitFor();
}

describe('what was not applied', () => {
  test('is grouped by causes, each of which leads to its lines, with the cell at fault marked', async () => {
    const page = await openBroken('C');
    expect(await ledger(page)).toEqual([6, 2, 0, 1, 3]);
    const causes = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) });
    expect(await causes.getByRole('heading').allTextContents()).toEqual([
      'A value is not validPricepurchase.pricing',
      'A required value is missingbasic.type',
    ]);
    expect(await causes.first().textContent()).toMatch(/2 lines.*Line 3much.*found "much".*Line 8more/);
    await causes.nth(1).getByRole('link', { name: 'Show these lines' }).click();
    await page.waitForURL('**/tasks/*?code=required&column=basic.type');
    const table = page.getByRole('table').last();
    await expect.poll(() => table.getByRole('rowheader').allTextContents()).toEqual(['5']);
    expect(await table.getByRole('columnheader').allTextContents()).toEqual(['Line', 'Reason', ...HEADER.split(',')]);
    expect(await table.locator('[data-fault]').allTextContents()).toEqual(['Error in this cell:empty']);
    await page.goBack();
    await expect.poll(() => table.getByRole('rowheader').allTextContents()).toEqual(['3', '5', '8']);
    await page.getByRole('tab', { name: 'Skipped lines' }).click();
    await page.getByText('Their records already existed').waitFor();
    await expect.poll(() => table.getByRole('rowheader').allTextContents()).toEqual(['7']);
    expect(await table.locator('[data-fault]').count()).toBe(0);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

describe('errors are corrected', () => {
  test('in the page, as often as it takes; the pages of all tasks show what became of the file', async () => {
    const page = await openBroken('F');
    await page.getByRole('button', { name: 'Correct here' }).click();
    await page.getByLabel('Line 3, Price').fill('2.5');
    await page.getByLabel('Line 5, basic.type').fill('tablet');
    await page.getByText('2 rows corrected').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Submit corrected rows' }).click();
    await page.getByRole('heading', { name: 'F-fixes.csv' }).waitFor();
    await finished(page);
    expect(await ledger(page)).toEqual([2, 2, 0, 0, 0]);
    await expect
      .poll(() => family(page))
      .toEqual([
        ['F.csv', 6, 2, 0, 1, 3],
        ['F-fixes.csv (this page)', 2, 2, 0, 0, 0],
        ['Total', 6, 4, 0, 1, 1],
      ]);
    await page.getByText('Fixes of').getByRole('link', { name: 'F.csv' }).click();
    await page.getByRole('heading', { name: 'F.csv', exact: true }).waitFor();
    // Once more, and wrong again: what the child could not apply is corrected there.
    await page.getByRole('button', { name: 'Correct here' }).click();
    await page.getByLabel('Line 8, Price').fill('still more');
    await page.getByText('1 row corrected').waitFor();
    await page.getByRole('button', { name: 'Submit corrected rows' }).click();
    await page.getByText('1 line still has an error').waitFor();
    await page.getByRole('button', { name: 'Correct here' }).click();
    await page.getByLabel('Line 8, Price').fill('6');
    await page.getByRole('button', { name: 'Submit corrected rows' }).click();
    await page.getByText('No line has an error now').waitFor();
    await finished(page);
    await expect.poll(async () => (await family(page)).at(-1)).toEqual(['Total', 6, 5, 0, 1, 0]);
    expect(await family(page)).toHaveLength(5);
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('in a spreadsheet: the lines are downloaded, corrected and uploaded', async () => {
    const page = await openBroken('D');
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download lines with errors' }).click();
    const report = await readFile(await (await coming).path(), 'utf8');
    expect(report).toContain('purchase.pricing must be a number');
    const upload = async (name: string, content: string) => {
      const file = { name, mimeType: 'text/csv', buffer: Buffer.from(content) };
      await page.locator('input[type=file]').setInputFiles(file);
    };
    await upload('other.csv', 'a,b\n1,2\n');
    await page.getByRole('alert').getByText('The corrections were not accepted').waitFor();
    await expectAccessible(page);
    console.complaints();
    await upload('D-report.csv', report.replace('much', '2').replace('more', '6'));
    await page.getByRole('heading', { name: 'D-fixes.csv' }).waitFor();
    await finished(page);
    await expect
      .poll(() => family(page))
      .toEqual([
        ['D.csv', 6, 2, 0, 1, 3],
        ['D-fixes.csv (this page)', 3, 2, 0, 0, 1],
        ['Total', 6, 4, 0, 1, 1],
      ]);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('as in a spreadsheet by keyboard; what is not sent survives other choices of lines, and is asked for when one leaves', async () => {
    const page = await openBroken('K');
    await page.getByRole('button', { name: 'Correct here' }).click();
    await page.getByRole('button', { name: 'To the cell in Price' }).first().press('Enter');
    const price = page.getByLabel('Line 3, Price');
    expect(await price.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('7');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.keyboard.type('!');
    expect(await page.getByLabel('Line 8, Price').inputValue()).toBe('more!');
    await page.getByText('2 rows corrected').waitFor();
    await page.getByRole('button', { name: 'Undo the corrections of line 8' }).click();
    await page.getByText('1 row corrected').waitFor();
    // A cell with a line break keeps it.
    expect(await page.getByLabel('Line 3, Note').inputValue()).toBe('on two\nlines');
    await page.getByRole('tab', { name: 'Skipped lines' }).click();
    await page.getByText('1 row corrected').waitFor();
    await page.getByRole('tab', { name: 'Lines with errors' }).click();
    await expect.poll(() => page.getByLabel('Line 3, Price').inputValue()).toBe('7');
    const dialog = page.getByRole('dialog', { name: 'Discard the corrections?' });
    await page.getByRole('link', { name: 'Tasks' }).first().click();
    await dialog.getByRole('button', { name: 'Keep correcting' }).click();
    expect(await page.getByLabel('Line 3, Price').inputValue()).toBe('7');
    await page.getByRole('link', { name: 'Tasks' }).first().click();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('of a dry run are tried, and nothing is written', async () => {
    const id = await importFile(console.program, 'Y.csv', broken('Y'), { ...SETTINGS, dryRun: 'true' });
    const page = await open(id);
    await page.getByText('Dry run: nothing was written').waitFor();
    expect(await page.getByRole('region', { name: 'Lines', exact: true }).textContent()).toContain('Would be inserted');
    await page.getByRole('button', { name: 'Correct here' }).click();
    await page.getByLabel('Line 3, Price').fill('2');
    await page.getByRole('button', { name: 'Check corrected rows' }).click();
    await page.getByRole('heading', { name: 'Y-fixes.csv' }).waitFor();
    await page.getByText('Dry run: nothing was written').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('in a file of another product with many columns', async () => {
    const [header = [], ...rows] = parse(readFileSync(ASSETS), { bom: true }) as string[][];
    const cost = header.indexOf('Purchase Cost');
    const wrong = rows.map((row, at) => (at < 3 ? row.with(cost, 'unknown') : row));
    const mapping = { 'identifiers.foreignId': 'Asset Tag', 'basic.name': 'Name', 'purchase.pricing': 'Purchase Cost' };
    const id = await importFile(console.program, 'assets.csv', stringify([header, ...wrong]), {
      mapping: JSON.stringify(mapping),
      constants: '{"basic.type":"laptop"}',
    });
    const page = await open(id, TALL, '?code=invalid_value&column=purchase.pricing');
    // It lies far to the right, and is shown nevertheless.
    const fault = page.locator('td[data-fault]').first();
    const isSeen = () =>
      fault.evaluate((cell) => {
        const { left, top } = cell.getBoundingClientRect();
        return cell.contains(cell.ownerDocument.elementFromPoint(left + 4, top + 4));
      });
    await expect.poll(isSeen).toBe(true);
    await page.getByRole('button', { name: 'Correct here' }).click();
    await page.getByLabel('Line 2, Purchase Cost').fill('1');
    await page.getByLabel('Line 3, Purchase Cost').fill('2');
    await page.getByRole('button', { name: 'Submit corrected rows' }).click();
    await page.getByRole('heading', { name: 'assets-fixes.csv' }).waitFor();
    await finished(page);
    await expect.poll(async () => (await family(page)).at(-1)).toEqual(['Total', 22, 21, 0, 0, 1]);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

test('what others wrote is text: names of files, columns, cells, reasons', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  const rows = [
    ['Label', 'basic.type', 'Serial', evil],
    [evil, evil, 'X1', evil],
    ['', 'laptop', evil, `"${evil}`],
  ];
  const id = await importFile(console.program, `${evil}.csv`, stringify(rows), {
    mapping: JSON.stringify({ 'basic.name': 'Label', 'identifiers.serialNumber': 'Serial', 'purchase.pricing': evil }),
  });
  const page = await open(id);
  let alerts = 0;
  page.on('dialog', (dialog) => {
    alerts += 1;
    dialog.dismiss();
  });
  await page.getByRole('heading', { name: `${evil}.csv` }).waitFor();
  await page.getByRole('columnheader', { name: evil }).waitFor();
  expect(await page.locator('td[data-fault]').first().textContent()).toContain(evil);
  await page.getByRole('button', { name: 'Correct here' }).click();
  expect(await page.getByLabel(`Line 2, ${evil}`).inputValue()).toBe(evil);
  await page.getByLabel(`Line 2, ${evil}`).fill('1');
  await page.getByRole('button', { name: 'Submit corrected rows' }).click();
  await page
    .getByText('Fixes of')
    .getByRole('link', { name: `${evil}.csv` })
    .waitFor();
  await finished(page);
  expect([alerts, await page.locator('main img').count()]).toEqual([0, 0]);
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});

describe('the page of a task with errors', () => {
  const languages = [
    { locale: 'en-GB', here: 'Correct here' },
    { locale: 'es-MX', here: 'Corregir aquí' },
  ];
  test.each((['light', 'dark'] as const).flatMap((colorScheme) => languages.map((each) => ({ colorScheme, ...each }))))(
    'can be read and corrected by everybody: $colorScheme, $locale, on a telephone',
    async (given) => {
      const { here, ...options } = given;
      const page = await openBroken(`P${options.colorScheme}${options.locale}`, {
        ...options,
        viewport: { width: 360, height: HEIGHT },
      });
      await expectToFit(page);
      await expectAccessible(page);
      await page.getByRole('button', { name: here }).click();
      await page.getByRole('textbox').first().waitFor();
      await expectToFit(page);
      await expectAccessible(page);
      await console.done(page);
      expect(console.complaints()).toEqual([]);
    },
  );
});

describe('a task with very many errors', () => {
  /** Every tenth has an error; CONSOLE_ROWS=1000000 for what the page must bear. */
  const ROWS = Number(process.env.CONSOLE_ROWS ?? 20_000);

  test('has only those lines in the page that can be seen, however far one scrolls, and any line is near', async () => {
    const lines = Array.from({ length: ROWS }, (_, i) => `Item ${i},${i % 10 === 9 ? '' : 'laptop'},B${i},1`);
    const csv = `basic.name,basic.type,identifiers.serialNumber,purchase.pricing\n${lines.join('\n')}\n`;
    const id = await importFile(console.program, 'big.csv', csv, { dryRun: 'true' });
    const began = performance.now();
    const page = await console.open(`/o/demo/tasks/${id}`);
    const table = page.getByRole('table').last();
    await table.getByRole('rowheader', { name: '11', exact: true }).waitFor();
    if (process.env.CONSOLE_ROWS) globalThis.console.log(`opened in ${Math.round(performance.now() - began)} ms`);
    await page.getByRole('region', { name: 'Lines with errors' }).hover();
    const counts: number[] = [];
    const scrollTo = async (line: number) => {
      const wanted = table.getByRole('rowheader', { name: line.toLocaleString('en'), exact: true });
      while (!(await wanted.isVisible())) {
        await page.mouse.wheel(0, 1_500);
        await page.waitForTimeout(30);
        counts.push(await table.locator('tr').count());
      }
    };
    await scrollTo(5_001);
    expect(counts.length).toBeGreaterThan(10);
    const jump = async (line: number) => {
      await page.getByLabel('From line…').fill(String(line));
      await page.getByRole('button', { name: 'Go' }).click();
    };
    // More than one page of lines behind the middle of the file.
    await jump(ROWS / 2);
    await scrollTo(ROWS / 2 + 3_001);
    expect(Math.max(...counts)).toBeLessThan(60);
    await jump(ROWS - 25);
    const end = [ROWS - 19, ROWS - 9, ROWS + 1].map((line) => line.toLocaleString('en'));
    await expect.poll(() => table.getByRole('rowheader').allTextContents()).toEqual(end);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  }, 600_000);
});

test('a task of a declared resource is shown and corrected, and its list names it as the API does', async () => {
  const { url, token } = console.program;
  const declaration = { fields: [{ name: 'k' }, { name: 'n', type: 'integer' }], primaryKey: 'k' };
  const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
  const path = `${url}/v1/organizations/demo/resources/readings`;
  expect((await fetch(path, { method: 'PUT', headers, body: JSON.stringify(declaration) })).status).toBe(200);
  const id = await importFile(console.program, 'readings.csv', 'k,n\na,1\nb,two\n', { action: 'import-readings' });
  const page = await open(id);
  expect(await ledger(page)).toEqual([2, 1, 0, 0, 1]);
  await page.getByText('import-readings').first().waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Correct here' }).click();
  await page.getByLabel('Line 3, n').fill('2');
  await page.getByRole('button', { name: 'Submit corrected rows' }).click();
  await page.getByRole('heading', { name: 'readings-fixes.csv' }).waitFor();
  await page.getByText('Completed', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Tasks' }).first().click();
  await page.getByText('import-readings').first().waitFor();
  const records = await fetch(`${path}/records`, { headers });
  expect(await records.json()).toMatchObject({ data: { items: [{ n: 2 }, { n: 1 }] } });
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});
