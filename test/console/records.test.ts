import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { items } from '../cli/command.ts';
import { type Console, expectAccessible, expectToFit, importFile, openConsole } from './console.ts';

/** The records of the console in a real browser, on the running program. */
let console: Console;

const NASTY = '<img src=x onerror=alert(1)>';

beforeAll(async () => {
  console = await openConsole();
  const { program } = console;
  await importFile(program, 'items.csv', items(120));
  const users = Array.from({ length: 8 }, (_, index) => `u${index}@example.com,"${NASTY}",a|b,Research ${index % 2}`);
  await importFile(program, 'users.csv', ['email,name,tags,metadata.department', ...users, ''].join('\n'), {
    action: 'import-mdm-users',
  });
  const devices = Array.from({ length: 3 }, (_, index) => `00:00:00:00:00:0${index},${NASTY},${10 * index}`);
  await importFile(program, 'devices.csv', ['mac,hostname,vlan', ...devices, ''].join('\n'), {
    action: 'import-devices',
  });
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

async function openRecords(address: string, there: string, options = {}): Promise<Page> {
  const page = await console.open(`/o/demo/records/${address}`, options);
  await page.getByText(there).first().waitFor();
  return page;
}

/** Of the body of the table. */
function rows(page: Page) {
  return page.getByRole('region', { name: 'Records of this organization' }).locator('tbody tr');
}

/** Exports what is listed. @returns the lines of the file */
async function exportLines(page: Page, button: string, format: RegExp): Promise<string[]> {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('menuitem', { name: format }).click();
  const link = page.getByRole('link', { name: 'Download the file' });
  await link.waitFor();
  const said = await page.getByText('The file is ready').textContent();
  await expectAccessible(page);
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const text = await readFile(await download.path(), 'utf8');
  await page.getByRole('button', { name: 'Close' }).click();
  const lines = text.split('\n').filter((line) => line !== '');
  expect(said).toContain(`contains ${lines.length - (format.source.includes('CSV') ? 1 : 0)} records`);
  return lines;
}

describe('records', () => {
  test('are searched, paged and sorted by their address', async () => {
    const page = await openRecords('inventory-items', '120 records');
    expect(await rows(page).first().getByRole('link').textContent()).toBe('Item 120');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForURL('**/inventory-items?page=2');
    await page.getByText('Item 70', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Added' }).click();
    await page.waitForURL('**/inventory-items?sort=createdAt%3Aasc');
    await page.getByText('Item 1', { exact: true }).waitFor();
    await page.getByLabel('Search in all text columns').fill('item 11');
    await page.keyboard.press('Enter');
    await page.getByText('11 records').waitFor();
    expect(new URL(page.url()).search).toBe('?q=item+11&sort=createdAt%3Aasc');
    expect(await rows(page).first().getByRole('link').textContent()).toBe('Item 11');
    await page.reload();
    await page.getByText('11 records').waitFor();
    expect(await page.getByLabel('Search in all text columns').inputValue()).toBe('item 11');
    await page.getByLabel('Search in all text columns').fill('nothing like it');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByText('No record matches').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('120 records').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('are exported as they are filtered, or all of them', async () => {
    const page = await openRecords('inventory-items', '120 records');
    const all = await exportLines(page, 'Export all', /^CSV/);
    expect(all).toHaveLength(121);
    await page.getByText('Filter by columns').click();
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Column', { exact: true }).selectOption({ label: 'Serial number' });
    await page.getByRole('button', { name: 'Apply the filter' }).click();
    await page.getByText('Enter a value.').waitFor();
    await page.getByLabel('Comparison').selectOption({ label: 'begins with' });
    await page.getByLabel('Value', { exact: true }).fill('S9');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Apply the filter' }).click();
    await page.getByText('11 records').waitFor();
    const some = await exportLines(page, 'Export these', /^NDJSON/);
    const serials = some.map((line) => JSON.parse(line).identifiers.serialNumber).sort();
    expect(serials).toEqual(['S9', ...Array.from({ length: 10 }, (_, index) => `S9${index}`)]);
    // The page of its task has the file as well.
    await page.goto(`${console.program.url}/o/demo/tasks?action=export-inventory-items`);
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByText('contains 11 records.').waitFor();
    await expectAccessible(page);
    const [again] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download the file' }).click(),
    ]);
    expect((await readFile(await again.path(), 'utf8')).trim().split('\n')).toHaveLength(11);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('show all that they have, and the columns that one wants', async () => {
    const page = await openRecords('mdm-users', '8 records');
    expect(await page.getByText('department: Research 1').count()).toBe(4);
    expect(await rows(page).first().textContent()).toContain(NASTY);
    await page.getByRole('link', { name: 'u7@example.com' }).click();
    const dialog = page.getByRole('dialog', { name: 'u7@example.com' });
    await dialog.waitFor();
    const texts = await dialog.getByRole('definition').allTextContents();
    expect(texts.slice(0, 4)).toEqual(['u7@example.com', NASTY, 'a, b', 'Research 1']);
    expect(await dialog.getByRole('term').allTextContents()).toContain('Other columns: department');
    expect(new URL(page.url()).search).toMatch(/^\?record=[\da-f]{24}$/);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('button', { name: 'Columns', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Tags' }).uncheck();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.waitForURL(/columns=email%2Cname%2CmanagedAppleId%2Clanguage%2Cmetadata/);
    expect(await page.getByRole('columnheader', { name: 'Tags' }).count()).toBe(0);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('of devices lead to an action on those that are listed', async () => {
    const criteria = JSON.stringify({ field: 'vlan', op: 'gte', value: 10 });
    const page = await openRecords(`devices?criteria=${encodeURIComponent(criteria)}`, '2 records');
    expect(await page.getByText(NASTY).count()).toBe(2);
    await page.getByRole('link', { name: 'Act on these' }).click();
    await page.getByRole('heading', { name: 'New bulk action' }).waitFor();
    expect(await page.getByLabel('Column', { exact: true }).inputValue()).toBe('vlan');
    await page.getByLabel('Reason').fill('lost');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('2 devices match.').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('that cannot be read so are not hidden behind an empty list', async () => {
    const criteria = JSON.stringify({ all: [{ field: 'vlan', op: 'gte', value: 'wide' }] });
    const page = await openRecords(
      `devices?criteria=${encodeURIComponent(criteria)}`,
      'vlan must be a whole number from 0 to 4094',
    );
    await expectAccessible(page);
    await page.getByLabel('Value', { exact: true }).fill('20');
    await page.getByRole('button', { name: 'Apply the filter' }).click();
    await page.getByText('1 record', { exact: true }).waitFor();
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('400'))).toEqual([]);
  });
});

/** The pages that there are, and what is on them when they are there. */
const pages = {
  'inventory items': { path: 'inventory-items', there: '120 records', spanish: '120 registros' },
  'MDM users': { path: 'mdm-users', there: '8 records', spanish: '8 registros' },
  devices: { path: 'devices', there: '3 records', spanish: '3 registros' },
  'an empty list': { path: 'identities', there: 'No records yet', spanish: 'Aún no hay registros' },
  'a kind that there is not': { path: 'others', there: 'Not found', spanish: 'No se ha encontrado' },
} as const;

describe.each(Object.keys(pages) as (keyof typeof pages)[])('the page of %s', (name) => {
  const { path, there, spanish } = pages[name];

  test('has nothing that axe or the policy objects to in the dark', async () => {
    const page = await openRecords(path, there, { colorScheme: 'dark' });
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('fits into 360 pixels, in light and in Spanish', async () => {
    const viewport = { width: 360, height: 740 };
    const page = await openRecords(path, spanish, { colorScheme: 'light', locale: 'es-ES', viewport });
    await expectToFit(page);
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});
