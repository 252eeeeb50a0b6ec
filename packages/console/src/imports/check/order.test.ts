import { expect, test } from 'vitest';
import { parseStep } from '../steps.ts';
import { orderOf } from './order.ts';

test('an order has what was chosen, and nothing that goes without saying', () => {
  const said = {
    action: 'import-devices',
    columns: {},
    override: false,
    keepBlanks: true,
    dateFormat: ' ',
    encoding: '',
  } as const;
  const plain = { ...said, formats: {}, shortRows: false, missingValues: [] };
  expect(orderOf(plain)).toEqual({ action: 'import-devices', override: false });
  const columns = { name: { header: 'Name' }, type: { constant: ' laptop ' } };
  expect(orderOf({ ...plain, override: true })).toMatchObject({ override: true, blankCells: 'keep' });
  expect(
    orderOf({ ...plain, columns, override: true, keepBlanks: false, dateFormat: ' D.M.YY ', encoding: 'windows-1252' }),
  ).toEqual({
    action: 'import-devices',
    override: true,
    mapping: { name: 'Name' },
    constants: { type: 'laptop' },
    dateFormat: 'D.M.YY',
    encoding: 'windows-1252',
  });
  expect(orderOf({ ...plain, formats: { price: '1.234,56' }, shortRows: true })).toMatchObject({
    formats: { price: '1.234,56' },
    allowShortRows: true,
  });
});

test('the address has a step, or begins', () => {
  expect(parseStep({ step: 'check' })).toEqual({ step: 'check' });
  expect(parseStep({ action: 'import-devices' })).toEqual({ action: 'import-devices' });
  for (const step of ['file', 'constructor', undefined, 7]) expect(parseStep({ step })).toEqual({});
});
