import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { duration } from '../../src/cli/terminal/format.ts';
import { openProgress, snapshotOf } from '../../src/cli/terminal/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a terminal of that many columns is sent. */
function terminal(): { stream: NodeJS.WriteStream; sent(): string } {
  const stream = new PassThrough({ encoding: 'utf8' });
  let sent = '';
  stream.on('data', (text) => {
    sent += text;
  });
  const tty = Object.assign(stream, { isTTY: true, columns: 120, rows: 40 });
  return { stream: tty as unknown as NodeJS.WriteStream, sent: () => sent };
}

function howFar(numItems: number, processedBytes?: number) {
  const report = { numItems, numInserts: numItems, numUpdates: 0, numSkips: 0, numErrors: 0 };
  const progress = processedBytes === undefined ? undefined : { processedBytes, totalBytes: 1_000 };
  return snapshotOf({ status: 'inProgress', report, ...(progress && { progress }) });
}

test('a terminal gets a bar with lines, share, rate and time left, and its cursor back', async () => {
  const { stream, sent } = terminal();
  const progress = openProgress('Importing', stream);
  for (let second = 0; second <= 5; second += 1) {
    progress.update(howFar(second * 2_000, second * 100));
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(sent()).toContain('Importing ████████████░░░░░░░░░░░░ 10,000 lines, 50 %, 2,000 lines/s, about 5 s left');
  progress.note('Something else.');
  progress.stop();
  expect(sent()).toContain('\r\u001b[KSomething else.\n');
  expect(sent().lastIndexOf('\u001b[?25h')).toBeGreaterThan(sent().lastIndexOf('\u001b[?25l'));
});

test('where the share is not known, there is neither bar nor time left', async () => {
  const { stream, sent } = terminal();
  const progress = openProgress('Importing', stream);
  progress.update(howFar(0));
  await vi.advanceTimersByTimeAsync(2_000);
  progress.update(howFar(1_000));
  await vi.advanceTimersByTimeAsync(1_000);
  progress.stop();
  expect(sent()).toContain('Importing 1,000 lines, 500 lines/s');
  expect(sent()).not.toMatch(/[░█%]|left/);
});

test('what is paused says so, and what lets it go on, instead of a rate', async () => {
  const { stream, sent } = terminal();
  const progress = openProgress('Importing', Object.assign(stream, { isTTY: false }));
  progress.update(howFar(1_000, 100));
  await vi.advanceTimersByTimeAsync(2_000);
  progress.update({ ...howFar(2_000, 200), paused: true });
  await vi.advanceTimersByTimeAsync(30_000);
  progress.stop();
  expect(sent()).toBe('Importing: 2,000 lines, 20 %, paused until "openbulk tasks resume"\n');
});

test('the time before the first line is not part of the rate', async () => {
  const { stream, sent } = terminal();
  const progress = openProgress('Importing', stream);
  for (const [wait, numItems] of [
    [5_000, 0],
    [1_000, 0],
    [1_000, 1_000],
  ] as const) {
    progress.update(howFar(numItems));
    await vi.advanceTimersByTimeAsync(wait);
  }
  progress.stop();
  expect(sent()).toContain('1,000 lines, 1,000 lines/s');
});

test('what begins again has the rate of its new beginning', async () => {
  const { stream, sent } = terminal();
  const progress = openProgress('Importing', stream);
  for (const numItems of [0, 9_000, 18_000, 0, 1_000, 2_000]) {
    progress.update(howFar(numItems));
    await vi.advanceTimersByTimeAsync(1_000);
  }
  progress.stop();
  expect(sent()).toContain('2,000 lines, 1,000 lines/s');
  expect(sent()).not.toMatch(/-\d/);
});

test('without a terminal there is a line every few seconds, and none while nothing moves', async () => {
  const { stream, sent } = terminal();
  const progress = openProgress('Importing', Object.assign(stream, { isTTY: false }));
  progress.update(howFar(12_000, 340));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sent()).toBe('Importing: 12,000 lines, 34 %\n');
  progress.stop();
});

test.each([
  [0.4, '0 s'],
  [59.6, '1 min 0 s'],
  [200, '3 min 20 s'],
  [7_500, '2 h 5 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
