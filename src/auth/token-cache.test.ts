import { expect, test } from 'vitest';
import type { Principal } from './principal.ts';
import { TokenCache } from './token-cache.ts';

const principal: Principal = { id: 'p', kind: 'client', organizations: new Set(), permissions: new Set() };

test('an entry counts until its time and not from then on', () => {
  const cache = new TokenCache(2);
  cache.set('a', principal, 100);
  expect(cache.get('a', 99)).toBe(principal);
  expect(cache.get('a', 100)).toBeUndefined();
  expect(cache.size).toBe(0);
});

test('it never holds more than it may; the first in goes first', () => {
  const cache = new TokenCache(2);
  for (const digest of ['a', 'b', 'c']) cache.set(digest, principal, 100);
  expect(cache.size).toBe(2);
  expect(cache.get('a', 0)).toBeUndefined();
  expect(cache.get('b', 0)).toBe(principal);
});

test('an entry set again is new', () => {
  const cache = new TokenCache(2);
  for (const digest of ['a', 'b', 'a', 'c']) cache.set(digest, principal, 100);
  expect(cache.get('b', 0)).toBeUndefined();
  expect(cache.get('a', 0)).toBe(principal);
});
