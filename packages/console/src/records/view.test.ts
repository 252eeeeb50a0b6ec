import { describe, expect, test } from 'vitest';
import devices from '../../../../src/resources/shipped/devices.json' with { type: 'json' };
import identities from '../../../../src/resources/shipped/identities.json' with { type: 'json' };
import mdmUsers from '../../../../src/resources/shipped/mdm-users.json' with { type: 'json' };
import { toRecordResource } from '../catalogue/record-resource.ts';
import { type ListedRecord, membersOf, plainText, valueAt } from './table/values.ts';
import { changed, columnsOf, parseRecordsView, sortedBy, sortOf } from './view.ts';

const speech = { language: 'en', yes: 'Yes', no: 'No' };
const recordMembers = { id: 'id', createdAt: 'createdAt', updatedAt: 'updatedAt' };
const resources = {
  devices: toRecordResource({ name: 'devices', declaration: devices, recordMembers }, speech),
  'mdm-users': toRecordResource({ name: 'mdm-users', declaration: mdmUsers, recordMembers }, speech),
  identities: toRecordResource({ name: 'identities', declaration: identities, recordMembers }, speech),
};

const record = 'abcdefabcdefabcdefabcdef';

describe('an address and what of the records is shown', () => {
  test('what it asks for is understood, and said again in the same way', () => {
    const search = { q: 'x', criteria: '{}', page: '3', sort: 'updatedAt:asc', columns: 'mac,ip', record };
    const view = parseRecordsView(search);
    expect(view).toEqual({ ...search, page: 3 });
    expect(parseRecordsView({ ...view })).toEqual(view);
  });

  test('what cannot be understood, or goes without saying, is passed over', () => {
    expect(parseRecordsView({ q: ' ', page: '1', sort: 'createdAt:desc', record: '../x', other: 1 })).toEqual({});
    expect(parseRecordsView({ sort: 'mac:asc', page: '1e99', criteria: 7 })).toEqual({});
    expect(parseRecordsView({ q: 'x'.repeat(300) }).q).toHaveLength(256);
  });

  test('another list begins with its first page', () => {
    const view = { page: 4, q: 'x', columns: 'mac', record };
    expect(changed(view, { q: undefined })).toEqual({ columns: 'mac' });
    const once = sortedBy(view, 'updatedAt');
    expect(once).toEqual({ q: 'x', columns: 'mac', sort: 'updatedAt:desc' });
    expect(sortOf(sortedBy(once, 'updatedAt'))).toEqual({ field: 'updatedAt', descending: false });
    expect(sortedBy({}, 'createdAt')).toEqual({ sort: 'createdAt:asc' });
  });

  test('columns are those that it names and that there are, else the usual ones', () => {
    expect(columnsOf({ columns: 'ip,mac,x' }, resources.devices)).toEqual(['mac', 'ip']);
    expect(columnsOf({ columns: 'x' }, resources.devices)).toEqual(columnsOf({}, resources.devices));
    expect(columnsOf({ columns: 'metadata' }, resources['mdm-users'])).toEqual(['metadata']);
    expect(columnsOf({}, resources.identities)).toEqual(['object_id', 'pulse_id', 'document']);
  });
});

test('all that a record has is found by the names of its members', () => {
  const value = {
    id: '1',
    createdAt: '',
    updatedAt: '',
    basic: { name: 'x' },
    document: { a: { b: [1, 2] }, c: [{ d: null }], e: {} },
  } satisfies ListedRecord;
  expect(valueAt(value, 'basic.name')).toBe('x');
  expect([valueAt(value, 'basic.other'), valueAt(value, 'basic.name.length'), valueAt(value, 'constructor')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const { id: _, createdAt: __, updatedAt: ___, ...members } = value;
  expect(membersOf(members)).toEqual([
    ['basic.name', 'x'],
    ['document.a.b', [1, 2]],
    ['document.c.0.d', null],
    ['document.e', {}],
  ]);
  expect(plainText(value.document)).toBe('a.b: 1, 2, c.0.d: , e: {}');
});
