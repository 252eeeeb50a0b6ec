import { expect, test } from 'vitest';
import { negotiate, negotiateCoding } from './negotiate.ts';

const offered = ['text/csv', 'application/x-ndjson', 'application/json'] as const;

test.each([
  [undefined, 'text/csv'],
  ['', 'text/csv'],
  ['*/*', 'text/csv'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/csv'],
  ['application/json', 'application/json'],
  ['APPLICATION/JSON ; charset=utf-8', 'application/json'],
  ['application/json, text/plain, */*', 'application/json'],
  ['application/*', 'application/x-ndjson'],
  ['text/csv;q=0.5, application/json;q=0.8', 'application/json'],
  ['*/*;q=0.1, application/x-ndjson;q=0.2', 'application/x-ndjson'],
  ['text/csv;q=0, */*', 'application/x-ndjson'],
  ['text/*;q=0.3, text/csv;q=0.9, application/json;q=0.5', 'text/csv'],
  ['image/png', undefined],
  ['*/*;q=0', undefined],
  ['application/json;q=nonsense', undefined],
  [',,;q=,', undefined],
])('Accept: %s gives %s', (accept, type) => {
  expect(negotiate(accept, offered)).toBe(type);
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip, deflate', 'gzip'],
  ['GZIP', 'gzip'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['gzip;q=0, *', 'zstd'],
  ['*;q=0', undefined],
  ['zstd;q=0, br;q=0, *;q=0.1', 'gzip'],
  ['identity', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['identity;q=0, gzip;q=0.1', 'gzip'],
  ['compress, x', undefined],
  ['gzip;q=nonsense', undefined],
  ['constructor, __proto__', undefined],
])('Accept-Encoding: %s gives %s', (acceptEncoding, coding) => {
  expect(negotiateCoding(acceptEncoding, ['zstd', 'br', 'gzip', 'deflate'])).toBe(coding);
});
