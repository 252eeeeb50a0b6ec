import { expect, test } from 'vitest';
import { addSample, paceOf, type Sample, throughputOf } from './meter.ts';

/** A task of 100,000 lines, as fast as that, looked at every 200 ms. */
function watched(seconds: number, linesPerSecond: number): readonly Sample[] {
  let samples: readonly Sample[] = [];
  for (let at = 0; at <= seconds * 1000; at += 200) {
    const lines = (linesPerSecond * at) / 1000;
    samples = addSample(samples, { at, lines, share: lines / 100_000 });
  }
  return samples;
}

test('the pace is that of the last seconds, and with the share gives the time left', () => {
  const pace = paceOf(watched(20, 1_000), 20_000);
  expect(pace?.linesPerSecond).toBeCloseTo(1_000);
  expect(pace?.secondsLeft).toBeCloseTo(80);
  const faster = [...watched(20, 1_000), { at: 30_000, lines: 70_000, share: 0.7 }];
  expect(paceOf(faster, 30_000)?.linesPerSecond).toBeCloseTo(5_000);
});

test('the time before the first line is not part of it', () => {
  let samples: readonly Sample[] = [];
  for (const at of [0, 10_000, 60_000]) samples = addSample(samples, { at, lines: 0, share: 0 });
  samples = addSample(samples, { at: 61_000, lines: 500, share: 0.5 });
  expect(paceOf(samples, 61_000)).toEqual({ linesPerSecond: 500, secondsLeft: 1 });
});

test('nothing is told too early, nor when nothing has come for long, nor across a new beginning', () => {
  expect(paceOf(watched(0.4, 1_000), 400)).toBeUndefined();
  expect(paceOf(watched(20, 1_000), 31_000)).toBeUndefined();
  expect(addSample(watched(20, 1_000), { at: 21_000, lines: 5 })).toEqual([{ at: 21_000, lines: 5 }]);
  expect(
    paceOf(
      [
        { at: 0, lines: 0 },
        { at: 1_000, lines: 7 },
      ],
      1_000,
    ),
  ).toEqual({ linesPerSecond: 7 });
});

test('a plot has a point for each second, and a long task does not fill the memory', () => {
  const [times, rates] = throughputOf(watched(5, 300));
  expect(times).toEqual([1, 2, 3, 4, 5]);
  for (const rate of rates) expect(rate).toBeCloseTo(300);
  const long = watched(3_600, 10);
  expect(long.length).toBeLessThanOrEqual(2_000);
  expect(long[0]).toMatchObject({ at: 0 });
  expect(long.at(-1)).toMatchObject({ at: 3_600_000 });
});
