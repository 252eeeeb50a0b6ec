import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, isLonger, lengthOf } from './characters.ts';

test('a text is cut between characters, and not where it is short enough', () => {
  expect(cut('\u{1f600}'.repeat(200), 256)).toBe('\u{1f600}'.repeat(200));
  expect(cut('a\u{1f600}bc', 2)).toBe('a\u{1f600}');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, most) => {
      const short = cut(text, most);
      expect([text.startsWith(short), lengthOf(short)]).toEqual([true, Math.min(most, lengthOf(text))]);
      expect([isLonger(text, most), short.isWellFormed()]).toEqual([lengthOf(text) > most, true]);
    }),
  );
});
