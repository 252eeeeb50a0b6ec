import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLines } from './csv-lines.ts';

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('",;\r\n\t ab=\'é😀\0')), maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

test('rows are written as csv-stringify writes them', () => {
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 4 });
  fc.assert(
    fc.property(rows, (table) => {
      const expected = stringify(table, { record_delimiter: 'windows', quoted_match: /\r|\n/ });
      expect(csvLines(table)).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});
