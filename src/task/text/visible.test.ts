import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shown } from '../errors.ts';
import { comparable, foldedCase, named, visible } from './visible.ts';

const INVISIBLE = ['\u200b', '\u200e', '\u00ad', '\u2060', '\u202a', '\u202c', '\ufeff', '\u{e0041}'];

test('a text in any normal form, and with characters that nobody sees anywhere in it, is one', () => {
  const invisible = fc.array(fc.constantFrom(...INVISIBLE), { maxLength: 3 }).map((all) => all.join(''));
  const plain = fc.string({ unit: 'grapheme' }).filter((text) => text === visible(text).trim());
  fc.assert(
    fc.property(plain, invisible, invisible, fc.constantFrom('NFC', 'NFD'), (text, before, behind, form) => {
      const other = `${before}${text.normalize(form)}${behind}`;
      expect(comparable(other)).toBe(comparable(text));
      expect(foldedCase(other)).toBe(foldedCase(text));
      expect(foldedCase(foldedCase(text))).toBe(foldedCase(text));
    }),
  );
});

test('case is told by what is seen', () => {
  expect(foldedCase('J\u030c')).toBe('\u01f0');
  expect(foldedCase('A\u200bDA@Example.COM\u200b ')).toBe('ada@example.com');
  expect(comparable('S1 \u200b')).toBe('S1');
});

test('a reason names what nobody sees, and leaves emoji as they are', () => {
  expect(named('a\u200bb\u{e0041}')).toBe('a<U+200B>b<U+E0041>');
  expect(shown('ada@example.com\u00ad')).toBe('"ada@example.com<U+00AD>"');
  expect(named('👩🏽\u200d🚀 ❤\ufe0f')).toBe('👩🏽\u200d🚀 ❤\ufe0f');
});
