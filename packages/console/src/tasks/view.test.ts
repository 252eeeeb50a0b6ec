import { expect, test } from 'vitest';
import { displayStatusOf } from './display-status.ts';
import { parseTaskView } from './view.ts';

test('an address says which lines are shown; what cannot be understood, or does not fit together, is passed over', () => {
  const view = { code: 'required', column: 'basic.type', from: 12 };
  expect(parseTaskView({ ...view, from: '12' })).toEqual(view);
  expect(parseTaskView({ ...view, show: 'skipped' })).toEqual({ show: 'skipped', from: 12 });
  expect(parseTaskView({ show: 'all', code: '', column: 7, from: 'x', other: 1 })).toEqual({});
  for (const from of ['1', '0', '-3', '2.5', '1e99']) expect(parseTaskView({ from })).toEqual({});
});

test('a task that was cancelled has not failed; one that failed was not cancelled', () => {
  const report = { numErrors: 3 };
  expect(displayStatusOf({ status: 'failed', cancelledBy: 'Ada Lovelace', report })).toBe('cancelled');
  expect(displayStatusOf({ status: 'failed', report })).toBe('failed');
  expect(displayStatusOf({ status: 'completed', report })).toBe('withErrors');
  expect(displayStatusOf({ status: 'inProgress', paused: true, report })).toBe('paused');
});
