import { describe, expect, test } from 'vitest';
import { ExactNumber, parseJson, writeJson } from './exact-json.ts';

describe('JSON in which no number is altered', () => {
  test.each([
    '{"maximum":9223372036854775807,"minimum":-9223372036854775808}',
    '[1,1.50,1e3,-0,0.1,123456789012345678901234567890.5]',
    '{"a":"9223372036854775807 \\" 1.50","9223372036854775807":[]}',
    '{"exact":"1.50","exact_":{"exact":1.50}}',
    '{"a":{},"b":null,"c":true,"d":"\\u0000"}',
    '1.0',
  ])('%s is written as it was read', (text) => {
    expect(writeJson(parseJson(text))).toBe(text);
  });

  test('numbers that JavaScript writes in the same way are numbers', () => {
    expect(parseJson('{"a":[1,0.5,-7],"b":9007199254740991}')).toEqual({ a: [1, 0.5, -7], b: 9007199254740991 });
    expect(parseJson('{"a":9007199254740993}')).toEqual({ a: new ExactNumber('9007199254740993') });
  });

  test.each(['', '{', '[01]', '[1.]', '[-]', '{1.50:1}', '{"a":1.50'])('%s is no JSON', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test('it is written like JSON.stringify writes it, members without a value left out', () => {
    const value = { a: [1, { b: 'x', gone: undefined }], c: {}, d: [], e: null };
    expect(writeJson(value)).toBe(JSON.stringify(value));
    expect(writeJson(value, '')).toBe(JSON.stringify(value, null, 2));
    expect(writeJson({ a: [new ExactNumber('1.50')] }, '')).toBe('{\n  "a": [\n    1.50\n  ]\n}');
  });
});
