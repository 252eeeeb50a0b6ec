import { expect, test } from 'vitest';
import { shippedResource } from '../../resources/shipped.ts';
import { bindColumns } from './bind-columns.ts';

const inventoryItems = shippedResource('inventory-items');

const HEADER = ['basic.name', 'basic.name', 'basic.type', '', 'identifiers.serialNumber', 'Room', 'Room'];

function sources(mapping: Record<string, string>, header: readonly string[] = HEADER) {
  const { bindings } = bindColumns(inventoryItems, { override: false, mapping }, header);
  return Object.fromEntries(bindings.map((each) => [each.target, 'source' in each ? each.source : each.constant]));
}

test('a column without a name, or with one that others have, is mapped by its place', () => {
  const others = { 'basic.type': 2, 'identifiers.serialNumber': 4 };
  expect(sources({ 'basic.name': '#2', 'basic.owner': '#4', 'basic.location': ' #7 ' })).toEqual({
    ...{ 'basic.name': 1, 'basic.owner': 3, 'basic.location': 6, ...others },
  });
});

test('a header of that very text comes first, and a place that is not there is none', () => {
  const header = ['#3', 'basic.name', 'basic.type', 'identifiers.serialNumber'];
  expect(sources({ 'basic.owner': '#3' }, header)).toMatchObject({ 'basic.owner': 0, 'basic.type': 2 });
  expect(() => sources({ 'basic.owner': '#9' })).toThrow('which the file does not have');
  expect(() => sources({ 'basic.name': '#1', 'basic.location': 'Room' })).toThrow('position of the column, such as #6');
});
