import { describe, expect, test } from 'vitest';
import { parseFilters, sortedBy, sortOf } from './filters.ts';

describe('an address and what of the list is shown', () => {
  test('what it asks for is understood, and said again in the same way', () => {
    const search = { page: '3', status: 'failed', action: 'import-devices', q: 'Q3 ada', sort: 'status:asc' };
    const filters = parseFilters(search);
    expect(filters).toEqual({ ...search, page: 3 });
    expect(parseFilters({ ...filters })).toEqual(filters);
  });

  test('what cannot be understood, or goes without saying, is passed over', () => {
    const nonsense = { page: '0', status: 'gone', action: 'constructor', sort: 'name:asc', q: ' ', other: 'x' };
    expect(parseFilters(nonsense)).toEqual({});
    for (const page of ['1', '1.5', '-2', 'x', '1e99', '']) expect(parseFilters({ page })).toEqual({});
    expect(parseFilters({ sort: 'createdAt:desc' })).toEqual({});
  });

  test('a status is understood by the words of the other APIs', () => {
    expect(parseFilters({ status: 'running' })).toEqual({ status: 'inProgress' });
    expect(parseFilters({ status: 'cancelled' })).toEqual({ status: 'failed' });
    expect(parseFilters({ status: 'toString' })).toEqual({});
  });

  test('a field is sorted by from its useful end, then the other way round, from the first page', () => {
    const once = sortedBy({ page: 4, status: 'failed' }, 'action');
    expect(once).toEqual({ status: 'failed', sort: 'action:asc' });
    expect(sortedBy(once, 'action')).toEqual({ status: 'failed', sort: 'action:desc' });
    expect(sortOf({})).toEqual({ field: 'createdAt', descending: true });
    expect(sortedBy({}, 'createdAt')).toEqual({ sort: 'createdAt:asc' });
    expect(sortedBy({ sort: 'createdAt:asc' }, 'createdAt')).toEqual({});
  });
});
