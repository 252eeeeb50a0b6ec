import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { items } from '../../../test/cli/command.ts';
import { openChromium } from '../../../test/support/chromium.ts';
import type { Uploaded } from './support/page.ts';
import { type RunningProgram, startProgram } from './support/program.ts';

/** The client in a page of a real browser, on the running program. */
let program: RunningProgram;
let browser: Browser;
let page: Page;
let token: string;

beforeAll(async () => {
  program = await startProgram();
  token = await program.token();
  browser = await openChromium();
  page = await browser.newPage({ bypassCSP: true });
  await page.goto(`${program.url}/docs`);
  await page.addScriptTag({ content: await bundle(), type: 'module' });
  await page.waitForFunction('globalThis.upload');
  // Where the browser must be installed first.
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await program.close();
});

/** The script of the page, as Vite makes it; what only Node has is not in it, or this fails. */
async function bundle(): Promise<string> {
  const entry = join(import.meta.dirname, 'support/page.ts');
  const lib = { entry, formats: ['es' as const], fileName: 'page' };
  const resolve = { conditions: ['@openbulk/source', ...defaultClientConditions] };
  const made = await build({ configFile: false, logLevel: 'error', resolve, build: { write: false, lib } });
  const [output] = [made].flat();
  const [chunk] = output && 'output' in output ? output.output : [];
  if (chunk?.type !== 'chunk') throw new Error('Vite made no script.');
  expect(chunk.imports).toEqual([]);
  return chunk.code;
}

/** Calls what the page's script has put there. */
function call<T>(name: string, ...values: readonly unknown[]): Promise<T> {
  return page.evaluate(`${name}(...${JSON.stringify(values)})`);
}

/** The line to the server, so slow that an upload takes a second or two. */
async function slowly<T>(bytesPerSecond: number, body: () => Promise<T>): Promise<T> {
  const session = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1 };
  await session.send('Network.emulateNetworkConditions', { ...conditions, uploadThroughput: bytesPerSecond });
  return body().finally(() => session.detach());
}

describe('in Chromium', () => {
  test('a file is uploaded with progress, its task waited for, its report read', async () => {
    const content = `${items(20_000)},laptop,bad\n`;
    const done = await slowly(500_000, () => call<Uploaded>('upload', token, content));
    expect(done).toMatchObject({ status: 'completed', lines: 20_001 });
    expect(done.states.at(-1)).toBe('completed');
    expect(done.report).toContain(',laptop,bad,20002,required');
    const sent = done.progress.map(({ sentBytes }) => sentBytes);
    expect(sent.length).toBeGreaterThan(3);
    expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b));
    expect(done.progress.at(-1)).toEqual({ sentBytes: content.length, totalBytes: content.length });
  });

  test('a refusal is an OpenBulkError with what the answer said', async () => {
    const requestId = expect.stringMatching(/^[\da-f-]{36}$/);
    const refused = { name: 'OpenBulkError', status: 401, message: 'Invalid Token', requestId };
    expect(await call('failing', 'wrong', items(10))).toEqual(refused);
  });

  test('an upload ends with the reason of its signal', async () => {
    const ended = slowly(100_000, () => call('failing', token, items(40_000), 500));
    expect(await ended).toMatchObject({ name: 'TimeoutError' });
  });
});
