import { expect, test } from 'vitest';
import { shippedResource } from '../../resources/shipped.ts';
import { acceptCriteria } from './cost.ts';
import { searchCriteria } from './search.ts';

const devices = shippedResource('devices');
const identities = shippedResource('identities');
const inventoryItems = shippedResource('inventory-items');

const times = (count: number, condition: object) => ({ any: Array.from({ length: count }, () => condition) });
const pattern = { field: 'vendor', op: 'like', value: 'apple%' };
const is = { field: 'vendor', op: 'eq', value: 'Apple' };
const list = (length: number) => ({ field: 'vlan', op: 'in', value: Array.from({ length }, (_, index) => index) });
const inDocument = { field: 'document.name', op: 'eq', value: 'Ada' };

test.each([
  ['50 patterns', devices, times(50, pattern), 500],
  ['495 comparisons', devices, { not: { all: times(495, is).any } }, 495],
  ['12 lists of 1,000 values and 38 patterns', devices, { any: [times(12, list(1_000)), times(38, pattern)] }, 500],
  ['45 comparisons inside a document', identities, times(45, inDocument), 495],
])('%s may be asked for, and one more pattern is too much', (_, resource, criteria, cost) => {
  expect(acceptCriteria(resource, criteria)).toHaveProperty('criteria');
  const one = resource === identities ? inDocument : pattern;
  expect(acceptCriteria(resource, { all: [criteria, one] })).toEqual({
    problems: [
      {
        field: 'criteria',
        message: expect.stringMatching(
          new RegExp(`the cost is ${cost + (one === pattern ? 10 : 11)}, the limit 500.*Use fewer`),
        ),
      },
    ],
  });
});

test('what a search in all columns finds can be exported', () => {
  expect(acceptCriteria(inventoryItems, searchCriteria(inventoryItems, 'ada'))).toHaveProperty('criteria');
});
