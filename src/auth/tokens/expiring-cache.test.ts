import { expect, test } from 'vitest';
import { ExpiringCache } from './expiring-cache.ts';

test('an entry counts until its time and not from then on', () => {
  const cache = new ExpiringCache<string>(2);
  cache.set('a', 'known', 100);
  expect(cache.get('a', 99)).toBe('known');
  expect(cache.get('a', 100)).toBeUndefined();
  expect(cache.size).toBe(0);
});

test('it never holds more than it may; the first in goes first', () => {
  const cache = new ExpiringCache<string>(2);
  for (const key of ['a', 'b', 'c']) cache.set(key, 'known', 100);
  expect(cache.size).toBe(2);
  expect(cache.get('a', 0)).toBeUndefined();
  expect(cache.get('b', 0)).toBe('known');
});

test('an entry set again is new', () => {
  const cache = new ExpiringCache<string>(2);
  for (const key of ['a', 'b', 'a', 'c']) cache.set(key, 'known', 100);
  expect(cache.get('b', 0)).toBeUndefined();
  expect(cache.get('a', 0)).toBe('known');
});
