import { expect, test } from 'vitest';
import { TaskError } from '../task/errors.ts';
import { NewerPlanError, type Plans, readPlan, toStoredPlan } from './plans.ts';

const body = { offset: 10, line: 2 };
const plans: Plans = {
  import: {
    format: { compression: 'none', encoding: 'utf-8', delimiter: ',', header: ['email'], body },
    columns: { bindings: [{ target: 'email', source: 0 }], unused: [] },
  },
  patch: { format: { compression: 'gzip', encoding: 'utf-8', body } },
  act: { newest: '00000000-0000-8000-8000-000000000001' },
  export: { criteria: { all: [] }, last: null, openNames: [], total: 0 },
};
const operations = Object.keys(plans) as (keyof Plans)[];

test.each(operations)('%s: a plan is read as it was, from JSON, with a version and without', (operation) => {
  const stored = JSON.parse(JSON.stringify(toStoredPlan(operation, plans[operation])));
  expect(stored.version).toBeGreaterThan(0);
  expect(readPlan(operation, stored)).toEqual(plans[operation]);
  expect(readPlan(operation, plans[operation])).toEqual(plans[operation]);
  expect(readPlan(operation, undefined)).toBeUndefined();
});

test.each(operations)('%s: a newer plan is left alone, whatever it has; what is no plan fails', (operation) => {
  const { version } = toStoredPlan(operation, plans[operation]);
  expect(() => readPlan(operation, { ...plans[operation], version: version + 1 })).toThrow(NewerPlanError);
  expect(() => readPlan(operation, { version: version + 1 })).toThrow(NewerPlanError);
  expect(() => readPlan(operation, { version })).toThrow(TaskError);
});

test('plans of before they had all members go on: an export with its records counted, an action without an end', () => {
  const { total: _, ...counted } = plans.export;
  expect(readPlan('export', counted)).toEqual(plans.export);
  const until = '2026-01-31T10:00:00.000Z';
  expect(readPlan('act', { until })).toEqual({ until, newest: 'ffffffff-ffff-ffff-ffff-ffffffffffff' });
});
