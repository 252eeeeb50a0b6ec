import { expect, test } from 'vitest';
import { type Corrections, correct, editableCells, rowsOf, undo } from './corrections.ts';

const none: Corrections = new Map();
const third = { line: 3, cells: ['a', 'b'] };
const fifth = { line: 5, cells: ['a', 'b', 'c', 'd'] };

test('a line that is changed back is no correction', () => {
  const changed = correct(none, third, { index: 1, value: 'x', width: 3 });
  expect([...changed]).toEqual([[3, ['a', 'x', '']]]);
  expect(correct(changed, third, { index: 1, value: 'b', width: 3 }).size).toBe(0);
  expect(undo(changed, 3).size).toBe(0);
  expect(none.size).toBe(0);
});

test('what is sent is in line order and as wide as the file: too few cells are filled up, too many can be emptied', () => {
  expect(editableCells(third, 3)).toEqual(['a', 'b', '']);
  const wide = correct(none, fifth, { index: 3, value: '', width: 3 });
  const both = correct(wide, third, { index: 0, value: 'A', width: 3 });
  expect(rowsOf(both, 3)).toEqual([
    { line: 3, cells: ['A', 'b', ''] },
    { line: 5, cells: ['a', 'b', 'c'] },
  ]);
  const tooWide = correct(none, fifth, { index: 0, value: 'A', width: 3 });
  expect(rowsOf(tooWide, 3)[0]?.cells).toHaveLength(4);
});
