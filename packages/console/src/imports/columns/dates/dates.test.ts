import { expect, test } from 'vitest';
import { guessEncoding } from '../../file/encodings.ts';
import type { Preview } from '../../file/preview.ts';
import { datesIn, readDate } from './dates.ts';

const iso = (cell: string, format: string) => readDate(cell, format)?.toISOString().slice(0, 10);

test('a date is read as the server will read it', () => {
  expect(iso('1/23/23', 'M/D/YY')).toBe('2023-01-23');
  expect(iso('31.12.69', 'D.M.YY')).toBe('1969-12-31');
  expect(iso('2024-02-29', 'M/D/YY')).toBe('2024-02-29');
  expect(iso('0099-03-04', '')).toBe('0099-03-04');
  for (const [cell, format] of [
    ['23/1/23', 'M/D/YY'],
    ['2023-02-29', ''],
    ['1/2/2023', 'MM/DD/YYYY'],
    ['1x2x2023', 'D.M.YYYY'],
    ['1/2', 'D/M'],
    ['1/2/3', 'D/D/Y'],
  ] as const)
    expect([cell, iso(cell, format)]).toEqual([cell, undefined]);
});

function preview(cells: readonly string[], dateFormats: Record<string, string> = {}): Preview {
  return { header: ['A'], rows: cells.map((cell) => [cell]), dateFormats } as unknown as Preview;
}

test('dates that can be read in two ways have no format, and the ways are known', () => {
  expect(datesIn(preview(['', '2024-01-02', '1/23/23'], { A: 'M/D/YY' }), ['A'])).toMatchObject({
    example: '1/23/23',
    format: 'M/D/YY',
  });
  expect(datesIn(preview(['1/2/24']), ['A'])).toEqual({
    example: '1/2/24',
    format: undefined,
    fitting: ['D/M/YY', 'M/D/YY'],
  });
  expect(datesIn(preview(['2024-01-02']), ['A'])).toEqual({ example: '2024-01-02', format: '', fitting: [] });
  expect(datesIn(preview(['soon', '31/2/24', '1/2/24']), ['A'])).toMatchObject({
    example: '1/2/24',
    fitting: ['D/M/YY', 'M/D/YY'],
  });
  expect(datesIn(preview(['soon']), ['A'])).toEqual({ example: 'soon', format: undefined, fitting: [] });
  expect(datesIn(preview(['']), ['A']).example).toBeUndefined();
  expect(datesIn(preview(['2024-01-02']), []).example).toBeUndefined();
});

test('what is no UTF-8 is taken for a Western file of Windows, and nothing else is guessed', () => {
  const utf8 = new TextEncoder().encode('Cámara');
  expect(guessEncoding(utf8, true)).toBe('');
  expect(guessEncoding(Buffer.from('Cámara', 'latin1'), true)).toBe('windows-1252');
  // A letter that the end of the beginning cuts is none that is broken.
  expect([guessEncoding(utf8.subarray(0, 2), false), guessEncoding(utf8.subarray(0, 2), true)]).toEqual([
    '',
    'windows-1252',
  ]);
  for (const start of [
    [0x1f, 0x8b, 0xff],
    [0xff, 0xfe, 0x41],
    [0xe1, 0x00],
  ]) {
    expect(guessEncoding(Uint8Array.from(start), true)).toBe('');
  }
});
