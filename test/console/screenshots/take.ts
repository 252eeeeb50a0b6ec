import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { type Console, openConsole } from '../console.ts';
import { type Scene, setScene } from './scene.ts';

/** Renders every page of the console, in both themes, on a desktop and on a phone, into docs/screenshots. */
const FOLDER = join(import.meta.dirname, '../../../docs/screenshots');
const WINDOWS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
const THEMES = ['light', 'dark'] as const;
const CUSTOMERS = join(import.meta.dirname, '../../../examples/shop/customers.csv');
const EXAMPLE = join(import.meta.dirname, '../../../examples/inventory-items.csv');

let console: Console;
let scene: Scene;

beforeAll(async () => {
  console = await openConsole();
  scene = await setScene(console);
  await mkdir(FOLDER, { recursive: true });
});
afterAll(() => console?.close());

interface Shot {
  path(): string;
  /** Brings the page to where it is to be shown. */
  show(page: Page): Promise<unknown>;
  readonly options?: BrowserContextOptions;
}

const nobody = { storageState: { cookies: [], origins: [] } };

/** What a page is like when it is there; what goes on comes first, while it does. */
const shots: Readonly<Record<string, Shot>> = {
  'task-running': {
    path: () => `/o/demo/tasks/${scene.running}`,
    async show(page) {
      await page.getByText(/lines\/s/).waitFor();
      // So that there is something to plot.
      await page.waitForTimeout(8_000);
    },
  },
  tasks: { path: () => '/o/demo/tasks', show: (page) => page.getByText('staff.csv').waitFor() },
  'sign-in': {
    path: () => '/auth/sign-in',
    show: (page) => page.getByRole('button', { name: 'Sign in' }).waitFor(),
    options: nobody,
  },
  task: {
    path: () => `/o/demo/tasks/${scene.corrected}`,
    show: (page) => page.getByRole('table').last().getByRole('rowheader').first().waitFor(),
  },
  'task-correcting': {
    path: () => `/o/demo/tasks/${scene.corrected}`,
    async show(page) {
      await page.getByRole('button', { name: 'Correct here' }).click();
      const cell = page.getByRole('table').last().locator('[data-fault] input').first();
      await cell.fill('ThinkPad T14 of Margaret');
      await cell.scrollIntoViewIfNeeded();
    },
  },
  'task-dry-run': {
    path: () => `/o/demo/tasks/${scene.checked}`,
    show: (page) => page.getByRole('table').last().getByRole('rowheader').first().waitFor(),
  },
  'import-file': {
    path: () => '/o/demo/import',
    async show(page) {
      await page.locator('input[type=file]').setInputFiles(EXAMPLE);
      await page.getByRole('cell').first().waitFor();
    },
  },
  'import-columns': { path: () => '/o/demo/import', show: toColumns },
  'import-check': {
    path: () => '/o/demo/import',
    async show(page) {
      await toColumns(page);
      await page.getByRole('button', { name: 'Check the whole file' }).click();
      await page.getByRole('heading', { name: 'Outcomes of the check' }).waitFor();
    },
  },
  'action-new': { path: () => '/o/demo/actions/new', show: preview },
  'action-confirm': {
    path: () => '/o/demo/actions/new',
    async show(page) {
      await preview(page);
      await page.getByRole('button', { name: /^Block devices: / }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  action: {
    path: () => '/o/demo/actions/new',
    async show(page) {
      await preview(page);
      await page.getByRole('button', { name: /^Block devices: / }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /devices$/ })
        .click();
      await page.getByText('Completed', { exact: true }).waitFor();
    },
  },
  actions: { path: () => '/o/demo/actions', show: table },
  'records-inventory-items': { path: () => '/o/demo/records/inventory-items', show: table },
  'records-mdm-users': { path: () => '/o/demo/records/mdm-users', show: table },
  'records-devices': { path: () => '/o/demo/records/devices', show: table },
  'records-identities': {
    path: () => '/o/demo/records/identities',
    show: (page) => page.getByText('No records yet').waitFor(),
  },
  resources: { path: () => '/o/demo/resources', show: table },
  resource: { path: () => '/o/demo/resources/inventory-items', show: table },
  'resource-new': {
    path: () => '/o/demo/new-resource',
    async show(page) {
      await page.locator('input[type=file]').setInputFiles(CUSTOMERS);
      await page.locator('fieldset').first().waitFor();
      await page.getByRole('button', { name: 'Show the plan' }).click();
      await page.getByText('SQL that runs').waitFor();
    },
  },
  record: {
    path: () => '/o/demo/records/devices',
    async show(page) {
      await page.locator('tbody').getByRole('link').first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
};

async function toColumns(page: Page): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(EXAMPLE);
  await page.getByRole('button', { name: 'Continue to columns' }).click();
  await page.getByRole('heading', { name: 'Match the columns' }).waitFor();
}

async function preview(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Column', { exact: true }).selectOption({ label: 'Vendor' });
  await page.getByLabel('Comparison').selectOption({ label: 'is' });
  await page.getByLabel('Value', { exact: true }).fill('HP Inc.');
  await page.getByLabel('Reason').fill('Lost in the move of building 2');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText(/devices match/).waitFor();
}

function table(page: Page): Promise<void> {
  return page.locator('tbody tr').first().waitFor();
}

test.each(Object.entries(shots))('%s', async (name, { path, show, options }) => {
  const takes = Object.entries(WINDOWS).flatMap(([window, viewport]) =>
    THEMES.map(async (colorScheme) => {
      const page = await console.open(path(), { ...options, viewport, colorScheme });
      await show(page);
      await page.screenshot({ path: join(FOLDER, `${name}-${window}-${colorScheme}.png`) });
      await page.context().close();
    }),
  );
  await Promise.all(takes);
});
