import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Dialog, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { type RunningProgram, startProgram } from '../../packages/client/test/support/program.ts';
import { openChromium } from '../support/chromium.ts';

const NAME = 'ada@example.com';
const PASSWORD = 'correct horse battery';
const VIEWPORT = { width: 1280, height: 720 };

/** The running program and a browser, in which somebody is signed in who may do everything. */
export interface Console {
  readonly program: RunningProgram;
  readonly browser: Browser;
  /** Opens an address of the console. What the page complains about, and breaks of its policy, are kept for `complaints`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** The same for another person, who has these permissions and no others. */
  openAs(permissions: string, path: string): Promise<Page>;
  /**
   * Takes a page back, for the next that is opened: a page anew takes 2 s of processor time, one that is there 0.6 s. What it has stored is
   * gone. A page with a clock, cookies or routes of its own is closed with its context instead.
   */
  done(page: Page): Promise<void>;
  /** What the pages have complained about since it was last asked. */
  complaints(): string[];
  close(): Promise<void>;
}

/** @param env of the program */
export async function openConsole(env: Record<string, string> = {}): Promise<Console> {
  const program = await startProgram(env);
  try {
    const browser = await openChromium();
    try {
      return await signedIn(program, browser);
    } catch (error) {
      await browser.close();
      throw error;
    }
  } catch (error) {
    // Or it would stay behind: a test whose console did not open has none to close.
    await program.close();
    throw error;
  }
}

async function signedIn(program: RunningProgram, browser: Browser): Promise<Console> {
  const complained: string[] = [];
  const first = await browser.newContext({ locale: 'en-GB' });
  listen(first, complained);
  await makeFirstAccount(await first.newPage(), program);
  const storageState = await first.storageState();
  const fresh = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext({ locale: 'en-GB', storageState, ...options });
    listen(context, complained);
    await context.addInitScript(
      `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
        console.error('policy', violatedDirective, blockedURI, sourceFile, lineNumber));`,
    );
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return page;
  };
  /** Pages that wait for their next use, by the options that a page keeps for life. */
  const idle = new Map<string, Page[]>();
  const kinds = new Map<Page, string>();
  let people = 1;
  return {
    program,
    browser,
    async open(path, { colorScheme = 'light', viewport = VIEWPORT, ...rest } = {}) {
      const kind = JSON.stringify(rest);
      const page = idle.get(kind)?.pop() ?? (await fresh(rest));
      kinds.set(page, kind);
      // What is still fading in has not its colours yet.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      if (viewport) await page.setViewportSize(viewport);
      await page.goto(program.url + path);
      return page;
    },
    async openAs(permissions, path) {
      const name = `person ${people++}`;
      const link = await program.run('accounts', 'add', name, '--org', 'demo', '--permissions', permissions);
      const page = await fresh({ storageState: { cookies: [], origins: [] } });
      await page.goto(link);
      await page.getByLabel('New password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Save' }).click();
      await signIn(page, name);
      await page.waitForURL(`${program.url}/**`);
      await page.goto(program.url + path);
      return page;
    },
    async done(page) {
      const kept = complained.length;
      const leave = (dialog: Dialog) => void dialog.accept();
      page.on('dialog', leave);
      await page.evaluate('sessionStorage.clear()');
      await page.goto('about:blank');
      page.off('dialog', leave);
      const network = await page.context().newCDPSession(page);
      await network.send('Storage.clearDataForOrigin', { origin: program.url, storageTypes: 'all' });
      await network.detach();
      await page.context().addCookies(storageState.cookies);
      // That what it asked for last has no answer is our doing.
      complained.length = kept;
      const kind = kinds.get(page) as string;
      idle.set(kind, [...(idle.get(kind) ?? []), page]);
    },
    complaints: () => complained.splice(0),
    async close() {
      await browser.close();
      await program.close();
    },
  };
}

function listen(context: BrowserContext, complained: string[]): void {
  context.on('page', (page) => {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complained.push(message.text());
    });
    page.on('response', (response) => {
      // The browser tells of a failure, not of what failed.
      if (response.status() >= 500) complained.push(`${response.status()} from ${response.url()}`);
    });
    page.on('pageerror', (error) => complained.push(String(error)));
  });
}

/** From the link that the server leaves in a file when it starts for the first time to the console. */
async function makeFirstAccount(page: Page, { said, url }: RunningProgram): Promise<void> {
  const file = await vi.waitUntil(() => /Create the first one with the link in (\S+), within/.exec(said())?.[1], {
    timeout: 120_000,
  });
  await page.goto((await readFile(file, 'utf8')).trim());
  await page.getByLabel('Name', { exact: true }).fill(NAME);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save' }).click();
  await signIn(page);
  await page.waitForURL(`${url}/**`);
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
}

/** Fills in the page that asks for name and password. */
export async function signIn(page: Page, name = NAME): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expects a page to break none of the rules of WCAG 2.2 AA that axe knows, and its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(await axe);
  const broken = await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target + ': ' + failureSummary)))`,
  );
  expect(broken).toEqual([]);
}

/** Expects that a page is not wider than the window. */
export async function expectToFit(page: Page): Promise<void> {
  const [inner, whole] = (await page.evaluate(
    '[document.documentElement.clientWidth, document.documentElement.scrollWidth]',
  )) as [number, number];
  expect(whole).toBeLessThanOrEqual(inner);
}

const TASKS = '/v1/organizations/demo/bulk-tasks';

/** Submits inventory items through the API. @param fields of the order, such as `mapping`. @returns the task's id */
export async function submit(
  { url, token }: RunningProgram,
  name: string,
  content: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const form = new FormData();
  form.set('action', 'import-inventory-items');
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('file', new File([content], name));
  const headers = { authorization: `Bearer ${await token()}` };
  const answer = await fetch(url + TASKS, { method: 'POST', headers, body: form });
  return ((await answer.json()) as Answer).data.id;
}

/** Submits them and waits for the end. @returns the task's id */
export async function importFile(
  program: RunningProgram,
  name: string,
  content: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const id = await submit(program, name, content, fields);
  const headers = { authorization: `Bearer ${await program.token()}` };
  for (;;) {
    const { data } = (await (await fetch(`${program.url}${TASKS}/${id}`, { headers })).json()) as Answer;
    if (data.status === 'completed' || data.status === 'failed') return id;
    await sleep(50);
  }
}

interface Answer {
  readonly data: { readonly id: string; readonly status: string };
}
