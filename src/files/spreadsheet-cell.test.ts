import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromSpreadsheetCell, spreadsheetCell } from './spreadsheet-cell.ts';

test.each([
  '=1+1',
  '=HYPERLINK("http://evil.example","x")',
  '+1+1',
  '-1+1',
  '--1',
  '@SUM(A1)',
  '＝1+1',
  '＋1+1',
  '－1+1',
  '＠SUM(A1)',
  '-',
  '+',
  '-2+3+cmd|" /C calc"!A0',
  '+1 2',
  '-1e',
  "'=1",
  "''=1",
  '"=1"',
  '\t1',
])('%j is kept from being a formula', (cell) => {
  expect(spreadsheetCell(cell)).toBe(`'${cell}`);
});

test.each([
  '',
  'x',
  ' =1',
  '1',
  '-1',
  '+1',
  '-1.5',
  '-1,234.50',
  '-.5',
  '-1e5',
  '-1.5E-3',
  '+34600123456',
  "'1",
  "'x",
  "'-1",
  'a=b',
  'a;b',
  'a;-1;b',
  'a, =1',
  '3-4',
])('%j is left as it is', (cell) => {
  expect(spreadsheetCell(cell)).toBe(cell);
});

test.each([
  ["x;=cmd|'/C calc'!A0", "x;'=cmd|'/C calc'!A0"],
  ['x;"=1"', `x;'"=1"`],
  ['x\t@y\n+z', "x\t'@y\n'+z"],
  ['\t=1', "'\t'=1"],
  ['=a;=b', "'=a;'=b"],
])('%j is kept from being one also where other characters separate cells: %j', (cell, marked) => {
  expect(spreadsheetCell(cell)).toBe(marked);
});

test('every cell comes back as it was, and what looks like a formula never stands where a cell may begin', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom("'", '"', '=', '+', '-', '@', ';', '\t', '\r', '\n', '1', 'a', '.', '＝', ',', 'e'),
    }),
  );
  fc.assert(
    fc.property(cell, (text) => {
      const marked = spreadsheetCell(text);
      expect(fromSpreadsheetCell(marked)).toBe(text);
      for (const part of marked.split(/[;\t\r\n]/)) {
        expect(/^"*[=+\-@＝＋－＠]/.test(part) && Number.isNaN(Number(part.replaceAll(/[,+]/g, '')))).toBe(false);
      }
    }),
    { numRuns: 2_000 },
  );
});
