import { expect, test } from 'vitest';
import { spreadsheetCell } from './spreadsheet-cell.ts';

test.each([
  '=1+1',
  '=HYPERLINK("http://evil.example","x")',
  '+1+1',
  '-1+1',
  '--1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '＝1+1',
  '＋1+1',
  '－1+1',
  '＠SUM(A1)',
  '-',
  '+',
  '-2+3+cmd|" /C calc"!A0',
  '+1 2',
  '-1e',
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
  "'=1",
  'a=b',
  '3-4',
])('%j is left as it is', (cell) => {
  expect(spreadsheetCell(cell)).toBe(cell);
});
