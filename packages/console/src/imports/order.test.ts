import { expect, test } from 'vitest';
import { contradictory, emptyDraft, orderOf } from './order.ts';

test('what was not filled in is not sent', () => {
  expect(orderOf(emptyDraft)).toEqual({ action: 'import-inventory-items', override: false });
  const columns = {
    'basic.name': { header: 'Name', constant: '' },
    'basic.type': { header: '', constant: 'laptop' },
    'basic.status': { header: '', constant: '' },
  };
  expect(orderOf({ ...emptyDraft, columns, override: true, dateFormat: ' DD/MM/YYYY ', encoding: ' ' })).toEqual({
    action: 'import-inventory-items',
    override: true,
    mapping: { 'basic.name': 'Name' },
    constants: { 'basic.type': 'laptop' },
    dateFormat: 'DD/MM/YYYY',
  });
});

test('a column has a header or a constant, not both', () => {
  const columns = {
    a: { header: 'A', constant: '' },
    b: { header: 'B', constant: 'x' },
    c: { header: '', constant: '' },
  };
  expect(contradictory({ columns })).toEqual(['b']);
});
