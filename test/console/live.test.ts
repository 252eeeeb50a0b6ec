import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { items } from '../cli/command.ts';
import { failAt } from '../support/crashes/fail-at.ts';
import { type Console, expectAccessible, openConsole, submit } from './console.ts';

/** The page of a task that takes a while, in a real browser, on the running program. */
let console: Console;

beforeAll(async () => {
  console = await openConsole(PAUSE);
  // Where the browser must be installed first.
}, 300_000);
afterAll(() => console?.close());

/** Lines that take some seconds, since each chunk pauses; and so many that the page can be looked at in the middle of them. */
const LINES = 30_000;
const MANY_LINES = 200_000;
const PAUSE = { OPENBULK_CHUNK_ROWS: '1000', ...failAt('before-commit=block:200@always') };

async function watch(prefix: string, lines = LINES): Promise<Page> {
  const id = await submit(console.program, `${prefix}.csv`, items(lines, prefix));
  const page = await console.open(`/o/demo/tasks/${id}`);
  await page.getByText(/of .* read/).waitFor();
  return page;
}

/** The numbers of the ledger: lines, and what became of them. */
async function ledger(page: Page): Promise<number[]> {
  const texts = await page
    .getByRole('region', { name: 'Lines', exact: true })
    .getByRole('definition')
    .allTextContents();
  return texts.map((text) => Number(text.replaceAll(',', '')));
}

describe('a task that goes on', () => {
  test('is paused, goes on, and is cancelled in the middle; its ledger adds up at every moment', async () => {
    const page = await watch('P', MANY_LINES);
    await page.getByText(/lines\/s/).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Running', { exact: true }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel task' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel this task?' });
    await dialog.waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Cancel task' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    const [lines = 0, ...outcomes] = await ledger(page);
    expect(lines).toBeLessThan(MANY_LINES);
    expect(outcomes.reduce((sum, each) => sum + each, 0)).toBe(lines);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The task was deleted').waitFor();
    await page.getByText('No tasks yet').waitFor();
    await page.context().close();
    expect(console.complaints()).toEqual([]);
  });

  test('is seen to its end by itself, although the server is stopped and started meanwhile', async () => {
    const page = await watch('R');
    await console.program.stop();
    await page.getByText('Cannot connect to the server').waitFor();
    await expectAccessible(page);
    await console.program.start();
    await page.getByText('Cannot connect to the server').waitFor({ state: 'detached' });
    await page.getByText('Completed', { exact: true }).waitFor({ timeout: 45_000 });
    expect(await ledger(page)).toEqual([LINES, LINES, 0, 0, 0]);
    await page.context().close();
    console.complaints();
  });
});
