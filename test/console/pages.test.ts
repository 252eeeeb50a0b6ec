import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { items } from '../cli/command.ts';
import { type Console, expectAccessible, expectToFit, importFile, openConsole, signIn } from './console.ts';

/** The console in a real browser, on the running program. */
let console: Console;
/** Of a task with errors. */
let task: string;

beforeAll(async () => {
  console = await openConsole();
  task = await importFile(console.program, 'items.csv', `${items(40)},laptop,bad\n`);
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

/** The pages that there are, and what is on them when they are there. */
const pages = {
  'the task list': { path: () => '/o/demo/tasks', there: 'items.csv' },
  'an empty list': { path: () => '/o/demo/tasks?status=failed', there: 'No task matches these filters' },
  'a task with errors': { path: () => `/o/demo/tasks/${task}`, there: 'Lines with errors' },
  'a task that is not there': { path: () => '/o/demo/tasks/ffffffffffffffffffffffff', there: 'Not found' },
  'a new import': { path: () => '/o/demo/import', there: 'Drop a file here' },
  'an organization of others': { path: () => '/o/others/tasks', there: 'You do not have access to this organization' },
} as const;

async function openPage(name: keyof typeof pages, options = {}): Promise<Page> {
  const { path, there } = pages[name];
  const page = await console.open(path(), options);
  await page.getByText(there).first().waitFor();
  return page;
}

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test.each(Object.keys(pages) as (keyof typeof pages)[])(
    '%s has nothing that axe or the policy objects to',
    async (name) => {
      const page = await openPage(name, { colorScheme });
      expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(colorScheme);
      await expectAccessible(page);
      await console.done(page);
      expect(console.complaints().filter((text) => !text.includes('404'))).toEqual([]);
    },
  );
});

test.each(Object.keys(pages) as (keyof typeof pages)[])('%s fits into 360 pixels', async (name) => {
  const page = await openPage(name, { viewport: { width: 360, height: 740 } });
  await expectToFit(page);
  await expectAccessible(page);
  await console.done(page);
  expect(console.complaints().filter((text) => !text.includes('404'))).toEqual([]);
});

describe('the frame', () => {
  test('who is not signed in is sent to the sign-in, and comes back', async () => {
    const page = await console.open('/o/demo/tasks?status=completed', { storageState: { cookies: [], origins: [] } });
    const way = await page.getByRole('link', { name: 'Sign in' }).getAttribute('href');
    await expectAccessible(page);
    expect(way).toBe(`/auth/sign-in?return=${encodeURIComponent('/o/demo/tasks?status=completed')}`);
    await page.context().close();
    // The browser tells of the 401 by which the page knows.
    console.complaints();
  });

  test('theme and language are chosen, and stay', async () => {
    const page = await openPage('the task list');
    await page.getByRole('button', { name: /^Theme/ }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await page.getByRole('button', { name: /^Language/ }).click();
    await page.getByRole('menuitemradio', { name: 'Español' }).click();
    await page.getByRole('heading', { name: 'Tareas', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Tareas', exact: true }).waitFor();
    const html = page.locator('html');
    expect([await html.getAttribute('lang'), await html.getAttribute('data-mantine-color-scheme')]).toEqual([
      'es',
      'dark',
    ]);
    expect(await page.title()).toBe('Tareas – OpenBulk');
    await expectAccessible(page);
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('signing out ends at the way in, and the session with it', async () => {
    // A session of its own: those of the other tests go on.
    const page = await console.open('/', { storageState: { cookies: [], origins: [] } });
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page);
    await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
    const { cookies } = await page.context().storageState();
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    await page.goto(`${console.program.url}/o/demo/tasks`);
    await page.getByText('your session has expired').waitFor();
    // Not only this browser has forgotten it.
    const status = `fetch('/auth/session').then((answer) => answer.status)`;
    await page.context().addCookies(cookies);
    expect(await page.evaluate(status)).toBe(401);
    await page.context().close();
    console.complaints();
  });
});

describe('the task list', () => {
  test('is sorted and filtered by its address', async () => {
    const page = await openPage('the task list');
    await page.getByRole('button', { name: 'Status' }).click();
    await page.waitForURL('**/tasks?sort=status%3Aasc');
    expect(await page.locator('th', { hasText: 'Status' }).getAttribute('aria-sort')).toBe('ascending');
    await page.getByLabel('Status').selectOption({ label: 'Failed or cancelled' });
    await page.getByText('No task matches these filters').waitFor();
    expect(new URL(page.url()).search).toBe('?status=failed&sort=status%3Aasc');
    await page.goBack();
    await page.getByText('items.csv').first().waitFor();
    await page.context().close();
  });

  test('is searched for a text, once for a word, and the way back is to the list before', async () => {
    const page = await openPage('the task list');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).search));
    const search = page.getByRole('searchbox', { name: 'File, person or id' });
    // The page's clock stands still: however slow this machine is, no pause between two letters is one for the page.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1_000);
    await search.pressSequentially('nothing like it');
    await page.clock.resume();
    await page.waitForURL('**/tasks?q=nothing+like+it');
    await page.getByText('No task matches these filters').waitFor();
    expect(new Set(asked.filter((query) => query.includes('q='))).size).toBe(1);
    await expectAccessible(page);
    await search.fill('ITEMS');
    await page.getByRole('link', { name: 'items.csv' }).first().waitFor();
    expect(new URL(page.url()).search).toBe('?q=ITEMS');
    await page.goBack();
    await page.waitForURL('**/o/demo/tasks');
    expect(await search.inputValue()).toBe('');
    await page.goto(`${console.program.url}/o/demo/tasks?q=${task}`);
    await page.getByText('1 task', { exact: true }).waitFor();
    expect(await search.inputValue()).toBe(task);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForURL('**/o/demo/tasks');
    expect(await search.inputValue()).toBe('');
    await page.context().close();
    expect(console.complaints()).toEqual([]);
  });

  test('shows a new task, and how it ends, by itself', async () => {
    const page = await openPage('the task list');
    await importFile(console.program, 'later.csv', items(10, 'L'));
    const row = page.getByRole('row').filter({ hasText: 'later.csv' });
    await row.getByText('Completed').waitFor({ timeout: 30_000 });
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });

  test('is paged by its address, and a page that is not there leads to the first', async () => {
    const { url, token } = console.program;
    const headers = { authorization: `Bearer ${await token()}` };
    for (let i = 0; i < 26; i += 1) {
      const body = new FormData();
      body.set('action', 'import-inventory-items');
      body.set('file', new File([items(1, `P${i}-`)], `many-${i}.csv`));
      await fetch(`${url}/v1/organizations/demo/bulk-tasks`, { method: 'POST', headers, body });
    }
    const page = await console.open('/o/demo/tasks?q=many-');
    await page.getByText('26 tasks').waitFor();
    await page.getByRole('link', { name: 'many-25.csv' }).waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('link', { name: 'many-0.csv' }).waitFor();
    expect(new URL(page.url()).search).toBe('?page=2&q=many-');
    expect(await page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true);
    await page.goto(`${url}/o/demo/tasks?page=99`);
    await page.getByRole('button', { name: 'Go to the first page' }).click();
    await page.getByRole('link', { name: 'many-25.csv' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await console.done(page);
    expect(console.complaints()).toEqual([]);
  });
});
