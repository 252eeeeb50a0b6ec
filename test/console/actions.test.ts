import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Console, expectAccessible, expectToFit, importFile, openConsole } from './console.ts';

/** The bulk actions of the console in a real browser, on the running program. */
let console: Console;
/** The program with one token for all that the tests ask it: to make one takes a second. */
let program: Console['program'];

const NASTY = '<img src=x onerror=alert(1)>';
const NEW = '/o/demo/actions/new';

/** Devices as CSV. @param from the number of the first, which its MAC address is made of */
function devices(count: number, from: number, vendor: string, site: string): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const digits = (from + index)
      .toString(16)
      .padStart(12, '0')
      .replace(/..(?=.)/g, '$&:');
    return `${digits},"${vendor}",${NASTY}-${index},${site}`;
  });
  return ['mac,vendor,hostname,site', ...lines, ''].join('\n');
}

async function put(count: number, from: number, vendor: string, site: string): Promise<void> {
  await importFile(program, 'devices.csv', devices(count, from, vendor, site), { action: 'import-devices' });
}

beforeAll(async () => {
  console = await openConsole();
  const token = await console.program.token();
  program = { ...console.program, token: async () => token };
  await put(150, 1, 'Apple, Inc.', 'Madrid');
  await put(30, 1_000, 'HP Inc.', 'Lisbon');
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

/** How many devices match a criteria. */
async function count(criteria: object): Promise<number> {
  const { url, token } = program;
  const address = `${url}/v1/organizations/demo/devices?limit=1&criteria=${encodeURIComponent(JSON.stringify(criteria))}`;
  const answer = await fetch(address, { headers: { authorization: `Bearer ${await token()}` } });
  return ((await answer.json()) as { data: { totalDocs: number } }).data.totalDocs;
}

const inForce = (value: string) => count({ field: 'action', op: 'eq', value });

/** Fills in the first condition. */
async function where(page: Page, column: string, comparison: string, value: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Column', { exact: true }).selectOption({ label: column });
  await page.getByLabel('Comparison').selectOption({ label: comparison });
  await page.getByLabel('Value', { exact: true }).fill(value);
}

async function preview(page: Page, found: string): Promise<void> {
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText(found).waitFor();
}

/** Types the number of devices that is asked for. */
async function typeNumber(page: Page, devicesAsked: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  const yes = dialog.getByRole('button', { name: /devices$/ });
  await dialog.waitFor();
  expect(await yes.isDisabled()).toBe(true);
  const number = dialog.getByLabel(/type their number/);
  for (const wrong of ['1', '149', '1500', `${devicesAsked}x`]) {
    await number.fill(wrong);
    expect([wrong, await yes.isDisabled()]).toEqual([wrong, true]);
  }
  await number.fill('149');
  await number.press('Enter');
  expect(await dialog.isVisible()).toBe(true);
  await number.fill(devicesAsked);
  await expectAccessible(page);
  await yes.click();
}

describe('a bulk action', () => {
  test('on many devices is previewed, confirmed by their number, done, and taken back', async () => {
    const page = await console.open(NEW);
    await where(page, 'Vendor', 'is', 'Apple, Inc.');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('Enter a reason.').waitFor();
    await page.getByLabel('Reason').fill(NASTY);
    await preview(page, '150 devices match.');
    const sample = page.getByRole('region', { name: 'Matching devices' });
    expect(await sample.getByRole('row').count()).toBe(21);
    expect(await sample.getByText(`${NASTY}-0`, { exact: true }).count()).toBe(1);
    await expectAccessible(page);
    expect(await inForce('block')).toBe(0);
    await page.getByRole('button', { name: 'Block devices: 150' }).click();
    await typeNumber(page, '150');
    await page.waitForURL(/\/actions\/[\da-f-]{36}$/);
    await page.getByText('Completed', { exact: true }).waitFor();
    expect(await page.getByRole('definition').filter({ hasText: /^150$/ }).count()).toBe(2);
    expect(await page.getByText(NASTY).count()).toBeGreaterThan(0);
    await expectAccessible(page);
    expect([await inForce('block'), await inForce('allow')]).toEqual([150, 0]);

    await page.getByRole('link', { name: 'Undo' }).click();
    await page.waitForURL('**/actions/new?*');
    expect(await page.getByLabel('Reason').inputValue()).toBe(`Undone: ${NASTY}`);
    await preview(page, '150 devices match.');
    await page.getByRole('button', { name: 'Allow devices: 150' }).click();
    await typeNumber(page, '150');
    await page.getByText('Completed', { exact: true }).waitFor();
    expect([await inForce('block'), await inForce('allow')]).toEqual([0, 150]);
    expect(await count({ field: 'action', op: 'exists', value: false })).toBe(30);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('of which more devices match than were seen is refused, until they are seen', async () => {
    const page = await console.open(NEW);
    await where(page, 'Site', 'contains', 'orto');
    await page.getByLabel('Reason').fill('lost');
    await put(2, 2_000, 'Other', 'Porto');
    await preview(page, '2 devices match.');
    await put(1, 2_010, 'Other', 'Porto');
    await page.getByRole('button', { name: 'Block devices: 2' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Block devices' }).click();
    await page.getByText('More devices match now than in the preview').waitFor();
    expect(await page.getByRole('button', { name: /^Block devices/ }).count()).toBe(0);
    await expectAccessible(page);
    await preview(page, '3 devices match.');
    // What was seen is of no more use when it is of something else.
    await page.getByLabel('Action', { exact: true }).selectOption({ label: 'Deny devices' });
    await page.getByText('The devices or the action have changed').waitFor();
    expect(await page.getByRole('button', { name: /^Deny devices/ }).count()).toBe(0);
    expect(await count({ field: 'site', op: 'eq', value: 'Porto' })).toBe(3);
    expect(await inForce('block')).toBe(0);
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('412'))).toEqual([]);
  });

  test('for later, of a few devices, is confirmed by a button, listed, and cancelled', async () => {
    const page = await console.open(NEW);
    await where(page, 'Vendor', 'begins with', 'HP');
    await page.getByLabel('Action', { exact: true }).selectOption({ label: 'Throttle devices' });
    await page.getByLabel('Temporarily').check();
    await page.getByLabel('Duration', { exact: true }).last().fill('2');
    await page.getByLabel('Unit of time').selectOption({ label: 'hours' });
    await page.getByLabel('Not before a date and time').check();
    await page.getByLabel('Maximum number of devices').fill('10');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('Choose a date and a time.').waitFor();
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Date and time', { exact: true }).fill(`${day}T09:30`);
    await preview(page, '30 devices match. At most 10 of them are changed.');
    await page.getByRole('button', { name: 'Schedule “Throttle devices”: 10' }).click();
    await page.getByText('In force for 2 hrs.').waitFor();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Schedule it' }).click();
    await page.getByText('Scheduled', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Bulk actions' }).click();
    await page.getByLabel('Status', { exact: true }).selectOption({ label: 'Scheduled' });
    await page.waitForURL('**/actions?status=scheduled');
    const row = page.getByRole('row').filter({ hasText: 'Throttle devices' });
    expect(await row.textContent()).toContain('Vendor begins with “HP”');
    await row.getByRole('link').click();
    await page.getByRole('button', { name: 'Cancel the action' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the action' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    expect(await inForce('throttle')).toBe(0);
    await page.getByRole('button', { name: 'Delete from the list' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete from the list' }).click();
    await page.getByText('The action was deleted from the list').waitFor();
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});

describe('a criteria', () => {
  test('is the same by form and as JSON, and its mistakes are told by where they are', async () => {
    const page = await console.open(NEW);
    await where(page, 'VLAN', 'is more than', '30');
    await page.getByRole('tab', { name: 'JSON' }).click();
    const json = page.getByLabel('Criteria', { exact: true });
    expect(JSON.parse(await json.inputValue())).toEqual({ all: [{ field: 'vlan', op: 'gt', value: 30 }] });
    await json.fill('{"all": [\n  {"field": "site" "op": "eq", "value": "x"}\n]}');
    await page.getByText('see line 2, character 20').waitFor();
    expect(await page.getByRole('tab', { name: 'As form' }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await json.fill(
      '{"any": [{"field": "vlan", "op": "eq", "value": "wide"}, {"not": {"field": "site", "op": "ne", "value": null}}]}',
    );
    await page.getByRole('tab', { name: 'As form' }).click();
    expect(await page.getByLabel('How many of them must be true').inputValue()).toBe('any');
    expect(await page.getByLabel('Value', { exact: true }).inputValue()).toBe('wide');
    await page.getByText('{"not":{"field":"site","op":"ne","value":null}}').waitFor();
    await page.getByLabel('Reason').fill('lost');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('vlan must be a whole number from 0 to 4094').waitFor();
    expect(await page.getByLabel('Value', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByText('criteria.any[0].value').waitFor();
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('400'))).toEqual([]);
  });
});

/** The pages that there are, and what is on them when they are there. */
const pages = {
  'a new action': { path: NEW, there: 'Which devices' },
  'a new action with a criteria': {
    path: `${NEW}?criteria=${encodeURIComponent(
      JSON.stringify({
        any: [
          { field: 'lastSeen', op: 'lt', value: '2026-01-31T09:00:00Z' },
          {
            not: {
              all: [
                { field: 'action', op: 'in', value: ['block', 'deny'] },
                { field: 'mac', op: 'in', value: ['a'] },
              ],
            },
          },
        ],
      }),
    )}`,
    there: 'Which devices',
  },
  'the list': { path: '/o/demo/actions', there: 'Block devices' },
  'an empty list': { path: '/o/demo/actions?status=failed', there: 'No bulk action matches' },
  'an action that is not there': { path: '/o/demo/actions/x', there: 'Not found' },
} as const;

describe.each(Object.keys(pages) as (keyof typeof pages)[])('%s', (name) => {
  test.each([
    ['in the dark', { colorScheme: 'dark' }],
    ['in light, at 360 pixels', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ] as const)('has nothing that axe or the policy objects to, %s', async (_, options) => {
    const page = await console.open(pages[name].path, options);
    await page.getByText(pages[name].there).first().waitFor();
    await expectToFit(page);
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints().filter((text) => !text.includes('404'))).toEqual([]);
  });
});

test('all of it is said in Spanish too', async () => {
  const page = await console.open(NEW, { locale: 'es-ES', viewport: { width: 360, height: 740 } });
  await page.getByRole('heading', { name: 'Nueva acción masiva' }).waitFor();
  await page.getByRole('button', { name: 'Añadir una condición' }).click();
  await page.getByLabel('Columna').selectOption({ label: 'Fabricante' });
  await page.getByLabel('Valor').fill('HP Inc.');
  await page.getByLabel('Motivo').fill('perdido');
  await page.getByRole('button', { name: 'Vista previa' }).click();
  await page.getByText('Coinciden 30 dispositivos.').waitFor();
  await expectToFit(page);
  await expectAccessible(page);
  await page.goto(`${console.program.url}/o/demo/actions`);
  await page.getByText('Fabricante es “Apple, Inc.”').first().waitFor();
  await expectToFit(page);
  await console.done(page);
  expect(console.complaints()).toEqual([]);
});
