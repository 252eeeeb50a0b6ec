import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { firstIdOf, newId, parseId, toHex24 } from './ids.ts';

// The worst that chance can do: the lower half of an id runs over with the second id of each millisecond.
beforeAll(() => {
  vi.spyOn(crypto, 'randomInt').mockImplementation((bound: number) => bound - 1);
  syncBuiltinESMExports();
});
afterAll(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

test('both spellings of an id carry the same 96 bits and find the same task', () => {
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 24, maxLength: 24 });
  fc.assert(
    fc.property(hex, (digits) => {
      const id = parseId(digits) as string;
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(toHex24(id)).toBe(digits);
      expect(parseId(id)).toBe(id);
      expect(parseId(id.toUpperCase())).toBe(id);
    }),
  );
});

test('ids made one after the other sort in that order in both spellings', () => {
  const ids = Array.from({ length: 10_000 }, newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.map(toHex24).toSorted()).toEqual(ids.map(toHex24));
});

test('what is neither spelling is no id', () => {
  for (const text of ['', 'abc', 'g'.repeat(24), '0'.repeat(23), 'a2b3c4d5-0000-4000-8000-000000000000']) {
    expect(parseId(text)).toBeUndefined();
  }
});

test('the first id of a moment is none of before it, and none of it is smaller', () => {
  vi.useFakeTimers();
  try {
    // Ids never go back, and the clock of this process may have been anywhere.
    const moment = new Date(Date.now() + 3_600_000);
    vi.setSystemTime(moment.getTime() - 1);
    expect(newId() < firstIdOf(moment)).toBe(true);
    vi.setSystemTime(moment);
    expect(newId() > firstIdOf(moment)).toBe(true);
    expect(parseId(firstIdOf(moment))).toBe(firstIdOf(moment));
  } finally {
    vi.useRealTimers();
  }
});
