import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLonger, lengthOf } from '../../task/text/characters.ts';
import type { ColumnType } from '../types/column-type.ts';
import { list } from '../types/lists.ts';
import { decimal, integer } from '../types/numbers.ts';
import { email } from '../types/texts.ts';
import { date, timestamp } from '../types/time/moments.ts';
import { dateReader } from './dates.ts';
import { numberReader } from './numbers.ts';

/** What a cell of a column is, written in a format. */
function read(type: ColumnType, cell: string, format?: string): string | undefined {
  const reader = type.format === 'date' ? dateReader : numberReader;
  const plain = format === undefined ? cell : reader(format)?.(cell);
  return plain === undefined ? undefined : type.canonical(plain);
}

test.each([
  ['2026-01-31', '2026-01-31'],
  ['2026-01-31T00:00:00.000Z', '2026-01-31'],
  ['2026-01-31 23:59', '2026-01-31'],
  ['2026-01-31T99:99', undefined],
  ['2026-01-31T24:00', undefined],
  ['2026-01-31T10:60', undefined],
  ['2026-01-31T10:00:61', undefined],
  ['2026-01-31T10:00+24:00', undefined],
  ['2026-02-29T10:00', undefined],
])('%s is the date %s', (cell, found) => {
  expect(read(date, cell)).toBe(found);
});

test.each([
  ['D.M.YYYY', '3.2.2026', '2026-02-03'],
  ['D.M.YYYY', '3.2.2026 00:00', '2026-02-03'],
  ['M/D/YYYY', '2/3/2026 12:00:00 AM', '2026-02-03'],
  ['M/D/YYYY', '2/3/2026, 0:00:00.000', '2026-02-03'],
  ['M/D/YYYY', '2/3/2026 99:99', undefined],
  ['M/D/YYYY', '2/3/2026 13:00 PM', undefined],
  ['M/D/YYYY', '2/30/2026', undefined],
  ['M/D/YYYY', '2026-02-03', '2026-02-03'],
  ['Excel', '46056', '2026-02-03'],
  ['excel', '46056.0', '2026-02-03'],
  ['Excel', '1', '1900-01-01'],
  ['Excel', '59', '1900-02-28'],
  ['Excel', '60', undefined],
  ['Excel', '61', '1900-03-01'],
  ['Excel', '2958465', '9999-12-31'],
  ['Excel', '2958466', undefined],
  ['Excel', '0', undefined],
  ['Excel', '2026-02-03', '2026-02-03'],
  ['Excel 1904', '44594', '2026-02-03'],
])('in the format %s, %s is the date %s', (format, cell, found) => {
  expect(read(date, cell, format)).toBe(found);
});

test.each([
  ['D.M.YYYY', '3.2.2026', '2026-02-03T00:00:00.000Z'],
  ['D.M.YYYY', '3.2.2026 09:00', '2026-02-03T09:00:00.000Z'],
  ['M/D/YY', '2/3/26 1:05:07.25 pm', '2026-02-03T13:05:07.250Z'],
  ['M/D/YY', '2/3/26 12:00 AM +02:00', '2026-02-02T22:00:00.000Z'],
  ['M/D/YY', '2/3/26 24:00', undefined],
  ['Excel', '46056.75', '2026-02-03T18:00:00.000Z'],
])('in the format %s, %s is the moment %s', (format, cell, found) => {
  expect(read(timestamp, cell, format)).toBe(found);
});

test.each([
  ['12.50000000', '12.5'],
  ['0012.000000000000', '12'],
  ['-0.0', '0'],
  ['1.1234567', undefined],
  ['1.1234560', '1.123456'],
  ['1,5', undefined],
])('%s is the number %s', (cell, found) => {
  expect(read(decimal, cell)).toBe(found);
});

test.each([
  ['1.234,56', '1.234,50', '1234.5'],
  ['1.234,56', '-1234,5', '-1234.5'],
  ['1.234,56', '1.234.567', '1234567'],
  ['1.234,56', '12.50', undefined],
  ['1.234,56', '1234.567', undefined],
  ['1234,56', '1.234', undefined],
  ['1,234.56', '1,234.56', '1234.56'],
  ['1 234,56', '1\u202f234,56', '1234.56'],
  ["1'234.56", '1’234.56', '1234.56'],
])('in the format %s, %s is the number %s', (format, cell, found) => {
  expect(read(decimal, cell, format)).toBe(found);
});

test.each(['', 'x', '1.234.56', '1234', '1,234,56', '1_234,56', '0,00'])('%j is not a number format', (format) => {
  expect(numberReader(format)).toBeUndefined();
});

test('a number is what it was, however it is written', () => {
  const formats = fc.constantFrom('.,', ',.', ' ,', ' .', "'.", "',", ',', '.');
  fc.assert(
    fc.property(formats, fc.bigInt(0n, 10n ** 15n - 1n), fc.nat(999_999), (marks, whole, decimals) => {
      const [thousands, point] = [marks.slice(0, -1), marks.slice(-1)];
      const fraction = String(decimals).padStart(6, '0');
      const cell = String(whole).replace(/\B(?=(\d{3})+$)/g, thousands) + point + fraction;
      expect(read(decimal, cell, `1${thousands}234${point}56`)).toBe(decimal.canonical(`${whole}.${fraction}`));
    }),
  );
});

test.each([
  ['48', '48'],
  ['48.0', '48'],
  ['48.000', '48'],
  ['48.5', undefined],
  ['48.', undefined],
  ['-0.0', '0'],
])('%s is the whole number %s', (cell, found) => {
  expect(read(integer(0), cell)).toBe(found);
});

test('whole numbers have formats, too', () => {
  expect(read(integer(0), '1.234,00', '1.234,56')).toBe('1234');
});

test.each([
  ['a|b', '{"a","b"}'],
  ['||', '{}'],
  [' | ', '{}'],
  ['a|', '{"a"}'],
])('%j is the list %s', (cell, found) => {
  expect(list.canonical(cell)).toBe(found);
});

test.each(['ada@example.com', 'a.b+c@ex-ample.co.uk', "o'x@b.c", 'ä@bücher.de', 'x@a--b.c', `${'l'.repeat(64)}@b.c`])(
  '%s is an address',
  (cell) => {
    expect(email.canonical(cell)).toBe(cell);
  },
);

test.each([
  'ada..l@example.com',
  '.ada@example.com',
  'ada.@example.com',
  'ada@-example.com',
  'ada@example-.com',
  'ada@example.-com',
  'ada@example.com-',
  'ada@example..com',
  'ada@.example.com',
  'ada@example.com.',
  'ada@example',
  'ada@@example.com',
  'a da@example.com',
  `ada@${'l'.repeat(64)}.com`,
  `${'l'.repeat(65)}@b.c`,
])('%s is no address', (cell) => {
  expect(email.canonical(cell)).toBeUndefined();
});

test('an address of the longest length is judged at once', () => {
  const began = performance.now();
  for (const piece of ['a.', '-', 'a-', '.', 'a']) email.canonical(`a@${piece.repeat(254)}`);
  expect(performance.now() - began).toBeLessThan(100);
});

test('lengths are counted in characters', () => {
  const emoji = '😀'.repeat(200);
  expect([lengthOf(emoji), isLonger(emoji, 200), isLonger(emoji, 199)]).toEqual([200, false, true]);
  expect([isLonger('a'.repeat(256), 256), isLonger('a'.repeat(257), 256)]).toEqual([false, true]);
});
