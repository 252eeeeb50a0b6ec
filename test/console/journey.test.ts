import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Console, expectAccessible, openConsole } from './console.ts';

/** A person's whole way, from the link of the first start to a file without errors, by what is on the pages alone. */
let console: Console;

beforeAll(async () => {
  // The link, the password and the sign-in are part of it.
  console = await openConsole();
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

/** A file as another product gives it to its users. */
const ASSETS = join(import.meta.dirname, '../support/data/assets.csv');

/** The numbers of a page: lines, inserted, updated, skipped, errors. */
async function figures(page: Page): Promise<number[]> {
  const texts = await page.locator('dl').first().getByRole('definition').allTextContents();
  return texts.map((text) => Number(text.replaceAll(',', '')));
}

test('a spreadsheet of another product is mapped, checked, run, and corrected', async () => {
  const rows = parse(readFileSync(ASSETS), { bom: true, columns: true }) as Record<string, string>[];
  // The person takes the dates for days first: those with a month above 12 are none.
  const wrong = rows.filter((row) => Number(row['Purchase Date']?.split('/')[1]) > 12).length;
  expect(wrong).toBeGreaterThan(2);
  const good = rows.length - wrong;

  const page = await console.open('/');
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
  await page.getByRole('link', { name: 'New import' }).first().click();
  await page.locator('input[type=file]').setInputFiles(ASSETS);
  await page.getByRole('cell', { name: 'AT-1001' }).waitFor();
  await page.getByRole('button', { name: 'Continue to columns' }).click();
  await page.getByLabel('basic.type', { exact: true }).selectOption({ label: 'The same value on every line…' });
  await page.getByLabel('Value of basic.type on every line').fill('laptop');
  await page.getByLabel('Date format of the file').selectOption({ label: 'Another format' });
  await page.getByLabel('Another format').last().fill('D/M/YY');

  await page.getByRole('button', { name: 'Check the whole file' }).click();
  await page.getByRole('heading', { name: 'Outcomes of the check' }).waitFor();
  expect(await figures(page)).toEqual([rows.length, good, 0, 0, wrong]);
  await page.getByText('purchase.orderDate must be a date').first().waitFor();
  await page.getByRole('button', { name: 'Import the checked file' }).click();
  await page.waitForURL('**/o/demo/tasks/*');
  await page.getByText('Completed with errors', { exact: true }).first().waitFor();
  // The check has written nothing: what it would have inserted is inserted now.
  expect(await figures(page)).toEqual([rows.length, good, 0, 0, wrong]);

  await page.getByRole('button', { name: 'Correct here' }).click();
  const dates = page.getByLabel(/^Line \d+, Purchase Date$/);
  await dates.nth(0).fill('23/1/23');
  await dates.nth(1).fill('14/11/22');
  await page.getByText('2 rows corrected').waitFor();
  await page.getByRole('button', { name: 'Submit corrected rows' }).click();
  await page.getByRole('heading', { name: 'assets-fixes.csv' }).waitFor();
  await page.getByText('Completed', { exact: true }).first().waitFor();
  const family = page.getByRole('region', { name: 'This file and its corrections' }).getByRole('row');
  const together = async () => (await family.last().locator('th, td').allTextContents()).slice(-5).map(Number);
  await expect.poll(together).toEqual([rows.length, good + 2, 0, 0, wrong - 2]);
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Records' }).first().click();
  await page.getByText(`${good + 2} records`).waitFor();
  await page.context().close();
  expect(console.complaints()).toEqual([]);
});
