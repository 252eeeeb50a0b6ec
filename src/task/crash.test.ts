import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Crash, chunkSize, isPoisonous, recordsAtWork, stillSuspect } from './crash.ts';

/** A task whose workers die, by a record of its own or by something else. */
interface Model {
  readonly records: number;
  readonly chunkRows: number;
  /** The record that stops whoever works on it. */
  readonly poison?: number | undefined;
  /** Chunks after which innocent kills come, each counted from the resume. */
  readonly kills: readonly number[];
  /** How much of each chunk is committed at a time, as where its bytes are many: 1 is all. */
  readonly fill: number;
}

/** What became of it: where it failed, and how many crashes that took. */
interface End {
  readonly failedAt: number | undefined;
  readonly crashes: number;
  readonly innocent: number;
}

function live({ records, chunkRows, poison, kills, fill }: Model): End {
  const pending = [...kills];
  let crashes: readonly Crash[] = [];
  let done = 0;
  let total = 0;
  let innocent = 0;
  for (let token = 1; ; token += 1) {
    if (isPoisonous(crashes, done)) return { failedAt: done, crashes: total, innocent };
    const killAfter = pending.shift();
    for (let chunk = 0; ; chunk += 1) {
      if (done === records) return { failedAt: undefined, crashes: total, innocent };
      const size = chunkSize(crashes, done, chunkRows);
      const to = done + (crashes.length > 0 ? size : recordsAtWork(chunkRows));
      const poisoned = poison !== undefined && poison >= done && poison < to;
      // Who kills the same record's worker three times, with nothing else at work, cannot be told from the record.
      const spared = crashes.filter(({ from }) => from === done && to === done + 1).length >= 2;
      const killed = !poisoned && chunk === killAfter && !spared;
      if (poisoned || killed) {
        total += 1;
        if (killed) innocent += 1;
        crashes = [...crashes, { token, from: done, to }];
        break;
      }
      done = Math.min(records, done + Math.max(1, Math.ceil(size * fill)));
      crashes = stillSuspect(crashes, done);
    }
  }
}

const model = fc.record({
  records: fc.integer({ min: 1, max: 40_000 }),
  chunkRows: fc.integer({ min: 1, max: 5_000 }),
  kills: fc.array(fc.nat({ max: 20 }), { maxLength: 30 }),
  fill: fc.double({ min: 0.1, max: 1, noNaN: true }),
});

test('a record that stops its workers is named, and no other, whatever else kills them', () => {
  fc.assert(
    fc.property(model, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (task, place) => {
      const poison = Math.floor(place * task.records);
      const { failedAt, crashes, innocent } = live({ ...task, poison });
      expect(failedAt).toBe(poison);
      const digits = Math.ceil(Math.log2(recordsAtWork(task.chunkRows)));
      expect(crashes).toBeLessThanOrEqual(digits + 3 + innocent);
    }),
    { numRuns: 2_000 },
  );
});

test('a task without such a record is never failed, however often its workers are killed', () => {
  fc.assert(
    fc.property(model, (task) => {
      expect(live(task).failedAt).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test('it takes as many crashes in a row, without a chunk in between, as a number of that size has digits, and three', () => {
  let crashes: readonly Crash[] = [];
  let count = 0;
  for (; !isPoisonous(crashes, 0); count += 1) {
    const to = crashes.length === 0 ? recordsAtWork(5_000) : chunkSize(crashes, 0, 5_000);
    crashes = [...crashes, { token: count, from: 0, to }];
  }
  expect(count).toBe(17);
});

test('after one kill there are fourteen small chunks, and then nothing is suspect', () => {
  let crashes = stillSuspect([{ token: 1, from: 100, to: 10_100 }], 100);
  const sizes: number[] = [];
  for (let done = 100; crashes.length > 0; crashes = stillSuspect(crashes, done)) {
    sizes.push(chunkSize(crashes, done, 5_000));
    done += sizes.at(-1) as number;
  }
  expect(sizes).toEqual([5_000, 2_500, 1_250, 625, 313, 156, 78, 39, 20, 10, 5, 2, 1, 1]);
  expect(chunkSize(crashes, 10_100, 5_000)).toBe(5_000);
});
