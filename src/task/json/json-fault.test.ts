import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from './json-fault.ts';

test.each([
  ['', 0, 'a value is expected'],
  ['{"a":1,}', 7, 'a name in double quotes is expected'],
  ["{'a':1}", 1, 'a name in double quotes is expected'],
  ['{"a" 1}', 5, 'a colon is expected'],
  ['[1 2]', 3, 'a comma or ] is expected'],
  ['{"a":1 "b":2}', 7, 'a comma or } is expected'],
  ['{"a":[1}', 7, 'a comma or ] is expected'],
  ['{"a":1}{"b":2}', 7, 'the end of the text is expected'],
  ['{"a":tru}', 5, 'a value is expected'],
  ['{"a":01}', 6, 'a comma or } is expected'],
  ['{"a":"x', 5, 'a string is not closed'],
  ['{"a":"\\x"}', 6, 'a backslash starts an invalid escape'],
  ['{"a":"\t"}', 6, 'a control character is not escaped'],
  ['{"a":NaN}', 5, 'a value is expected'],
])('%s is no JSON from character %i on: %s', (text, at, what) => {
  expect(findJsonFault(text)).toEqual({ at, what });
});

test('what JSON.parse takes has no fault, and what it refuses has one', () => {
  const pieces = fc.constantFrom(
    ...'{}[],:" \t\n\\u0e+-.1',
    '"a"',
    '""',
    'true',
    'null',
    '1.5e-3',
    '\\u00e9',
    '\\n',
    '\u2028',
    '😀',
    '\0',
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc
      .json()
      .chain((json) =>
        fc
          .tuple(fc.constant(json), fc.nat(json.length), pieces)
          .map(([all, at, piece]) => all.slice(0, at) + piece + all.slice(at)),
      ),
    fc.json(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(findJsonFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 20_000 },
  );
});

test('a hundred thousand levels are no trouble', () => {
  expect(findJsonFault('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined();
  expect(findJsonFault('{"a":'.repeat(100_000))).toEqual({ at: 500_000, what: 'a value is expected' });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
