import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern } from './compile.ts';
import { isCheap } from './cost.ts';
import { PatternError, parsePattern } from './parse.ts';

test.each([
  ['[0-9]{5}', '75114', '7511'],
  ['^([013-9]\\d|2[AB1-9])\\d{3}-P-\\d{3}$', '2A004-P-001', 'P-001'],
  ['^a$|^b$', 'b', 'ab'],
  ['(^a|^b)$', 'a', 'c'],
  ['(?:ab)+?', 'abab', 'aba'],
  ['[a-z-[aeiou]]+', 'xyz', 'xaz'],
  ['[^a-z-[x]]', '1', 'x'],
  ['[a\\-z]', '-', 'b'],
  ['[-+]?\\d+', '-1', '--1'],
  ['\\p{Lu}\\p{L}*', 'Ünter', 'ünter'],
  ['\\P{L}', '1', 'a'],
  ['\\p{IsCyrillic}+', 'да', 'da'],
  ['\\d+', '12٣', '1a'],
  ['\\i\\c*', 'xml:a-1', '1a'],
  ['\\w+\\S', 'né,', 'a b'],
  ['.', '😀', '\n'],
  ['\\x41\\u00e9\\/\\.', 'Aé/.', 'Ae/x'],
  ['a{0}b{2,}', 'bbb', 'abb'],
  ['(a|b|)c', 'c', 'd'],
  ['', '', 'a'],
])('the pattern %s matches %j, and not %j', (pattern, good, bad) => {
  const { test: matches } = compilePattern(pattern);
  expect([matches(good), matches(bad)]).toEqual([true, false]);
});

test.each([
  'a(b',
  'a)b',
  '[a',
  '[]',
  'a**',
  '*a',
  'a{2,1}',
  'a{,3}',
  'a{2000}',
  '(?=a)b',
  '(?i)a',
  '(a)\\1',
  '\\ba',
  '\\Aa\\Z',
  'a^b',
  'a$b',
  '(a$)b',
  '[z-a]',
  '[\\d-z]',
  '[[:alpha:]]',
  '\\p{Klingon}',
  'a\\',
  '(a{1000}){1000}',
  '('.repeat(100),
  'a'.repeat(3_000),
])('%s is refused with a sentence', (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(PatternError);
});

// What each of them does to JavaScript's own engine: ^(?:…)$ and 30 characters of it take minutes.
const EXPLOSIVE = [
  ['(a+)+', 'a'],
  ['(a|aa)+', 'a'],
  ['(a|a?)+', 'a'],
  ['(.*a){20}', 'a'],
  ['([a-z]+)*[0-9]', 'x'],
  ['(x+x+)+y', 'x'],
  ['([^@]+@?)+[.]com', 'a'],
  ['(\\w+\\s?)*', 'a b'],
  ['(a?){50}a{50}', 'a'],
  ['((ab)*(ba)*)*c', 'ab'],
] as const;

test.each(EXPLOSIVE)('%s ends at once on a long text', (pattern, piece) => {
  const { maxLength, test: matches } = compilePattern(pattern);
  const text = piece.repeat(Math.min(maxLength, 1_000_000) / piece.length - 1);
  // RE2 and V8 translate a pattern at its first use.
  matches('a');
  const before = process.cpuUsage();
  matches(`${text}!`);
  const { user } = process.cpuUsage(before);
  expect(isCheap(parsePattern(pattern))).toBe(false);
  expect(user / 1_000).toBeLessThan(500);
});

test.each([
  '\\d{14}',
  '^(\\d+|N/A)$',
  '([013-9]\\d|2[AB1-9])\\d{3}-P-\\d{3}',
  '[A-Z]{2}[0-9]{1,3}(-[0-9]+)*',
  '\\p{Lu}\\p{Ll}*( \\p{Lu}\\p{Ll}*)*',
  '\\d{1,3}\\d{1,3}',
])('%s needs no automaton', (pattern) => {
  expect(isCheap(parsePattern(pattern))).toBe(true);
});

test.each(['a*a*', '[a-z]+[a-c]', '(ab?)*b', '(a|ab*)c', '(a{1,2}){3,}', '(a?b?)*', '(a*|b*)c', 'a*(b?a)*'])(
  'of %s the next character does not tell which way to go',
  (pattern) => {
    expect(isCheap(parsePattern(pattern))).toBe(false);
  },
);

/** Patterns of few characters, and texts of the same. */
const leaf = fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', 'c');
const patterns = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}'))
      .map(([a, times]) => `(${a})${times}`),
  ),
})).node;
const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 8 });

test('a pattern matches what JavaScript says it does, by either engine', () => {
  fc.assert(
    fc.property(patterns, fc.array(texts, { maxLength: 20 }), (pattern, some) => {
      const ours = compilePattern(pattern);
      const native = new RegExp(`^(?:${pattern})$`, 'u');
      expect(some.map((text) => ours.test(text))).toEqual(some.map((text) => native.test(text)));
    }),
    { numRuns: 500 },
  );
});

test('where a pattern is cheap, JavaScript ends at once on any long text', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(patterns, piece, fc.constantFrom('', 'd', 'a'), (pattern, repeated, end) => {
      fc.pre(isCheap(parsePattern(pattern)));
      const ours = compilePattern(pattern);
      const before = process.cpuUsage();
      ours.test(repeated.repeat(20_000) + end);
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
});
