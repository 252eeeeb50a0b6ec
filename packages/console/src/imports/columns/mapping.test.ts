import { describe, expect, test } from 'vitest';
import type { TargetColumn } from '../file/preview.ts';
import {
  arrange,
  clearedBy,
  comesByItself,
  isReady,
  likelyHeader,
  openName,
  problemsOf,
  samplesOf,
  settle,
  takeable,
  unusedOf,
} from './mapping.ts';

function target(name: string, more: Partial<TargetColumn> = {}): TargetColumn {
  return { name, type: 'text', required: false, key: false, open: false, examples: [], ...more };
}

const columns = [
  target('note'),
  target('name', { required: true }),
  target('serial', { key: true }),
  target('tag', { key: true }),
  target('meta.*', { open: true }),
];

describe('where columns come from', () => {
  test('what was chosen counts as far as the records and the file have it', () => {
    const header = ['Titel', 'Nr'];
    const others = { gone: { header: 'Nr' }, 'meta.': { header: 'Nr' } };
    const chosen = { name: { header: 'Titel' }, serial: { header: 'gone' }, note: { constant: 'x' }, ...others };
    expect(settle({ header, columns }, chosen)).toEqual({ name: { header: 'Titel' }, note: { constant: 'x' } });
  });

  test('a column of the very name of a target is taken by itself, unless it is taken for another, or there is another', () => {
    const header = ['NAME', 'note', 'meta.room', 'meta.', 'Meta.x'];
    expect(settle({ header, columns }, {})).toEqual({
      name: { header: 'NAME' },
      note: { header: 'note' },
      'meta.room': { header: 'meta.room' },
    });
    expect(settle({ header, columns }, { serial: { header: 'NAME' }, note: { constant: 'x' } })).toEqual({
      serial: { header: 'NAME' },
      note: { constant: 'x' },
      'meta.room': { header: 'meta.room' },
    });
    expect(comesByItself('name', header, { name: { header: 'NAME' } })).toBe(true);
    expect(comesByItself('name', header, { serial: { header: 'NAME' } })).toBe(false);
    expect(comesByItself('serial', header, {})).toBe(false);
  });

  test('a column that is there twice, or has no name, is told by its place; without name and values it is none', () => {
    const header = ['a', 'name', 'a', '', 'Name', ''];
    const rows = [['1', '2', '3', '4', '5', ' ']];
    expect(takeable(header)).toEqual(['#1', 'name', '#3', '#4', 'Name', '#6']);
    expect(settle({ header, columns }, { serial: { header: 'a' }, tag: { header: '#3' } })).toEqual({
      tag: { header: '#3' },
    });
    const unused = unusedOf({ header, rows }, { name: { header: 'Name' }, tag: { header: '#3' } });
    expect(unused.map((each) => each.header)).toEqual(['#1', 'name', '#4']);
    expect(samplesOf({ header, rows }, '#3')).toEqual(['3']);
  });

  test('columns with blank cells clear what is overwritten; cells that a short row lacks do not', () => {
    const file = { header: ['a', 'b', 'c'], rows: [['1', ' ', 'x'], ['2']] };
    const settled = { name: { header: 'a' }, serial: { header: 'b' }, note: { header: 'c' }, tag: { constant: '' } };
    expect(clearedBy(file, settled)).toEqual(['serial']);
  });

  test('a title above the names of the columns is seen, and a header with gaps is none', () => {
    const names = ['Name', 'Serial', 'Price', ''];
    const title = { header: ['Stock in April', '', '', ''], rows: [['', '', '', ''], names, ['a', 'b', '1', '']] };
    expect(likelyHeader(title)).toBe(2);
    expect(likelyHeader({ header: names, rows: [['a', 'b', '1', 'x']] })).toBeUndefined();
    expect(likelyHeader({ header: ['Name'], rows: [['a'], ['b', 'c']] })).toBeUndefined();
  });
});

test('what is still to do is all that the server would refuse', () => {
  const of = (chosen: Parameters<typeof problemsOf>[1], header = ['A']) => problemsOf({ header, columns }, chosen);
  expect(of({})).toEqual({ missing: ['name'], key: ['serial', 'tag'], blank: [], twice: [] });
  expect(of({ name: { header: 'A' }, tag: { constant: ' ' } })).toMatchObject({ missing: [], key: [], blank: ['tag'] });
  expect(of({ name: { header: 'A' }, tag: { header: 'A' } }, ['A', 'Note', 'note']).twice).toEqual(['note']);
  expect(isReady(of({ name: { header: 'A' }, tag: { header: 'A' } }))).toBe(true);
});

test('required columns come first, then keys, then what the file has; a few others are not put away', () => {
  const more = Array.from({ length: 7 }, (_, i) => target(`x${i}`));
  const [likely, others] = arrange([...more, ...columns], { x3: { header: 'A' } });
  expect(likely.map(({ name }) => name)).toEqual(['name', 'serial', 'tag', 'x3']);
  expect(others.map(({ name }) => name)).toEqual(['x0', 'x1', 'x2', 'x4', 'x5', 'x6', 'note']);
  expect(arrange(columns, {})[0].map(({ name }) => name)).toEqual(['name', 'serial', 'tag', 'note']);
});

test('an open column is named after that of the file', () => {
  expect(openName('Job Title', 'meta.*')).toBe('meta.jobTitle');
  expect(openName('Año de alta', 'meta.*')).toBe('meta.añoDeAlta');
  expect(openName('--', 'meta.*')).toBe('meta.column');
});

test('samples are different values that are there', () => {
  const rows = [['', ' x '], ['a', 'x'], ['b'], ['c', 'y']];
  expect(samplesOf({ header: ['A', 'B'], rows }, 'B')).toEqual(['x', 'y']);
  expect(samplesOf({ header: ['A', 'B'], rows }, 'A', 2)).toEqual(['a', 'b']);
});
