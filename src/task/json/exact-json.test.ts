import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isExact, lengthWritten, numberOf, parseJson, sameDecimal } from './exact-json.ts';

const digits = (maxLength: number, minLength = 1) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

/** Numbers as JSON writes them (RFC 8259, section 6). */
const numbers = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.tuple(fc.constantFrom(...'123456789'), digits(25, 0)).map((parts) => parts.join('')),
    ),
    fc.oneof(
      fc.constant(''),
      digits(25).map((text) => `.${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(3)).map((parts) => parts.join('')),
    ),
  )
  .map((parts) => parts.join(''));

test('every number comes back as it was written, wherever in a JSON it stands', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const json = `{"a":${a},"__proto__":[${b},"${a}"]}`;
      expect(JSON.stringify(parseJson(json))).toBe(json);
      expect(JSON.stringify(parseJson(a))).toBe(a);
      expect(JSON.stringify(parseJson(`[ ${b} ]`))).toBe(`[${b}]`);
    }),
  );
});

test('what a double holds is a number', () => {
  for (const number of [0, 1, -1.5, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, 5e-324])
    expect(numberOf(String(number))).toBe(number);
  expect(parseJson('{"a":[12.5,-3,0]}')).toEqual({ a: [12.5, -3, 0] });
});

test.each([
  ['1.50', '15e-1', true],
  ['-0.0', '0', true],
  ['1e3', '1000', true],
  ['0.001', '1E-3', true],
  ['9007199254740993', '9007199254740992', false],
  ['1', '-1', false],
  ['1e-400', '0', false],
])('%s and %s: the same decimal: %s', (a, b, same) => {
  expect(sameDecimal(a, b)).toBe(same);
  expect(sameDecimal(b, a)).toBe(same);
});

test('exact is what JavaScript writes as the same decimal', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (number) => {
      expect(isExact(String(number))).toBe(BigInt(String(Number(number))) === number);
    }),
  );
  expect(['738529527931269425.0', '7.38529527931269425e17', '1e-400', '1e400'].map(isExact)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(['0.1', '1.50', '1e2', '5e-324', '-0'].map(isExact)).toEqual([true, true, true, true, true]);
});

test('a million digits take no time', () => {
  const zeros = '0'.repeat(1_000_000);
  expect(isExact(`1${zeros}1`)).toBe(false);
  expect(isExact(`0.${zeros}1`)).toBe(false);
  expect(lengthWritten('-1.5e-20')).toBe(23);
});

test('what is too deep to be looked at is there all the same', () => {
  const deep = `${'['.repeat(50_000)}1.50${']'.repeat(50_000)}`;
  let value = parseJson(deep);
  for (let depth = 0; depth < 50_000; depth += 1) [value] = value as unknown[];
  expect(value).toBe(1.5);
});
