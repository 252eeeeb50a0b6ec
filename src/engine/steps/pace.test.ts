import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** Lets steps go by, each of which takes `fixed` and `each` for a record, ms. @returns the records of the last */
function run(pace: Pace, { steps = 50, fixed = 0, each = 0, roundTrip = 1 }): number {
  for (let i = 0; i < steps; i += 1) pace.took(fixed + each * pace.records, roundTrip);
  return pace.records;
}

test('steps have as many records as are done in half a second', () => {
  const pace = new Pace(5_000, undefined);
  expect(run(pace, { each: 0.01 })).toBe(5_000);
  const slow = run(pace, { each: 5 });
  expect(slow * 5).toBeGreaterThan(200);
  expect(slow * 5).toBeLessThan(520);
  expect(pace.known).toBe(slow);
  expect(run(pace, { each: 0.01 })).toBe(5_000);
  expect(pace.known).toBe(null);
});

test('steps do not become smaller for what each takes whatever it has', () => {
  expect(run(new Pace(5_000, undefined), { fixed: 900, each: 0.01 })).toBeGreaterThanOrEqual(2_500);
  // A database far away: ten ways to it and back are no reason.
  expect(run(new Pace(5_000, undefined), { fixed: 2_000, each: 0.01, roundTrip: 200 })).toBe(5_000);
});

test('a step that took too long is begun anew with a tenth, down to a single record, and steps grow again only slowly', () => {
  const pace = new Pace(5_000, undefined);
  const tried: number[] = [];
  while (pace.records > 1) {
    pace.cut(pace.records);
    tried.push(pace.records);
  }
  expect(tried).toEqual([500, 50, 5, 1]);
  expect(pace.seconds).toBe(10);
  expect(run(pace, { steps: 15, each: 0.01 })).toBe(1);
  expect(run(pace, { steps: 1, each: 0.01 })).toBe(2);
  expect(pace.seconds).toBe(5);
});

test('what an earlier slice found to be enough is where the next one begins; what fits is told by the step', () => {
  const pace = new Pace(5_000, 40);
  expect(run(pace, { steps: 15, each: 0.01 })).toBe(40);
  pace.cut(40, 17);
  expect(pace.records).toBe(17);
});
