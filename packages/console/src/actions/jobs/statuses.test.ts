import { expect, test } from 'vitest';
import { begunAt, notBefore } from './statuses.ts';

const [MADE, BEGUN, OVER] = ['2026-01-31T09:00:00.000Z', '2026-01-31T09:01:00.000Z', '2026-01-31T09:02:00.000Z'];
const job = {
  status: 'completed',
  created_at: MADE,
  scheduled_at: MADE,
  executed_at: BEGUN,
  completed_at: OVER,
} as const;

test('a job that runs at once waits for no moment', () => {
  expect([notBefore(job), notBefore({ ...job, scheduled_at: BEGUN })]).toEqual([undefined, BEGUN]);
});

test('a job that was stopped before it began has not begun', () => {
  expect([begunAt(job), begunAt({ ...job, executed_at: OVER })]).toEqual([BEGUN, OVER]);
  expect(begunAt({ ...job, status: 'cancelled' })).toBe(BEGUN);
  for (const status of ['cancelled', 'failed'] as const) {
    expect(begunAt({ ...job, status, executed_at: OVER })).toBeUndefined();
  }
});
