import { describe, expect, test } from 'vitest';
import { canTakeBack, takingBack } from '../jobs/take-back.ts';
import type { Job } from '../queries.ts';
import { faultsIn, isNumber, type Options, orderOf, usual } from './order.ts';

const block: Options = { ...usual, reason: 'lost' };

describe('what is done with the devices', () => {
  test('is asked for as the API takes it', () => {
    const criteria = { all: [] };
    expect(orderOf(block, criteria, 't')).toEqual({
      criteria_json: criteria,
      action_type: 'block',
      action_duration: 0,
      action_reason: 'lost',
      max_limit: 0,
      preview_token: 't',
    });
    const at = '2030-01-31T09:00:00.000Z';
    const later = { ...block, timed: true, amount: '3', unit: 'hours', later: true, at, limit: ' 40 ' } as const;
    expect(orderOf(later, criteria, 't')).toMatchObject({ action_duration: 10_800, max_limit: 40, scheduled_at: at });
    // What was chosen for another action before.
    expect(orderOf({ ...later, type: 'cleanup' }, criteria, 't').action_duration).toBe(0);
    expect(orderOf({ ...block, at }, criteria, 't')).not.toHaveProperty('scheduled_at');
  });

  test('is found wanting where something is missing or is no number', () => {
    expect(faultsIn(block)).toEqual([]);
    expect(faultsIn({ ...usual, reason: ' ' })).toEqual(['reasonMissing']);
    expect(faultsIn({ ...usual, type: 'monitor' })).toEqual([]);
    expect(faultsIn({ ...block, reason: 'x'.repeat(1_001) })).toEqual(['reasonLong']);
    for (const amount of ['', '0', '1.5', '-1', '1e3'])
      expect(faultsIn({ ...block, timed: true, amount })).toEqual(['amount']);
    expect(faultsIn({ ...block, timed: true, amount: '3651' })).toEqual(['amountMuch']);
    expect(faultsIn({ ...block, type: 'cleanup', timed: true, amount: '' })).toEqual([]);
    expect(faultsIn({ ...block, later: true })).toEqual(['at']);
    for (const limit of ['0', 'x', '-3', '1,5']) expect(faultsIn({ ...block, limit })).toEqual(['limit']);
  });
});

test('a number is confirmed however it is grouped, and no other is', () => {
  for (const text of ['12345', ' 12345 ', '12,345', '12.345', '12 345', '12’345'])
    expect(isNumber(text, 12_345)).toBe(true);
  for (const text of ['', '1234', '123456', '12,34,5', '1.2345', '12345.0', '+12345', 'x12345']) {
    expect([text, isNumber(text, 12_345)]).toEqual([text, false]);
  }
});

describe('taking an action back', () => {
  const done = {
    job_id: '01234567-89ab-8cde-8f01-234567000000',
    action_type: 'block',
    action_reason: 'lost',
    criteria_json: '{"field":"site","op":"eq","value":"Madrid"}',
    status: 'completed',
    affected_count: 3,
  } as Job;
  const back = (job: Partial<Job>) =>
    JSON.parse(takingBack({ ...done, ...job }, (reason) => `Back: ${reason}`).criteria).all;

  test('is an allowing of the devices on which what it did is still in force, whatever it was told', () => {
    expect(takingBack(done, (reason) => `Back: ${reason}`)).toMatchObject({ type: 'allow', reason: 'Back: lost' });
    const own = [
      { field: 'actionJob', op: 'eq', value: done.job_id },
      { field: 'action', op: 'eq', value: 'block' },
    ];
    expect(back({})).toEqual(own);
    expect(back({ action_reason: ' lost', criteria_json: '{"all":[]}' })).toEqual(own);
  });

  test('is offered where something can be taken back', () => {
    expect(canTakeBack(done)).toBe(true);
    expect(canTakeBack({ ...done, status: 'cancelled' })).toBe(true);
    for (const job of [
      { action_type: 'cleanup' },
      { action_type: 'allow' },
      { affected_count: 0 },
      { status: 'running' },
      { status: 'scheduled' },
    ] as const) {
      expect(canTakeBack({ ...done, ...job })).toBe(false);
    }
  });
});
