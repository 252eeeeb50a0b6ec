import { describe, expect, test } from 'vitest';
import {
  arrange,
  comesByItself,
  isReady,
  openName,
  problemsOf,
  samplesOf,
  settle,
  takeable,
  unusedOf,
} from './mapping.ts';
import type { TargetColumn } from './preview.ts';

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

  test('a column that is there twice, or has no name, cannot be told by it', () => {
    const header = ['a', 'name', 'a', '', 'Name'];
    expect(takeable(header)).toEqual(['name', 'Name']);
    expect(settle({ header, columns }, { serial: { header: 'a' } })).toEqual({});
    expect(unusedOf(header, { name: { header: 'Name' } })).toEqual(['a', 'name', 'a']);
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
