import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../readers/reader.ts';
import { MAX_PATCH_DEPTH, mergePatch, PatchTooDeepError } from './merge-patch.ts';

test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
])('RFC 7396, appendix A: %s patched with %s is %s', (target, patch, result) => {
  expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
});

test('the example of RFC 7396, section 3', () => {
  const target = {
    title: 'Goodbye!',
    author: { givenName: 'John', familyName: 'Doe' },
    tags: ['example', 'sample'],
    content: 'This will be unchanged',
  };
  const patch = { title: 'Hello!', phoneNumber: '+01-123-456-7890', author: { familyName: null }, tags: ['example'] };
  expect(mergePatch(target, patch)).toEqual({
    title: 'Hello!',
    author: { givenName: 'John' },
    tags: ['example'],
    content: 'This will be unchanged',
    phoneNumber: '+01-123-456-7890',
  });
});

test('what is not there yet becomes the patch without its nulls, but lists keep theirs', () => {
  expect(mergePatch(undefined, { a: null, b: { c: null, d: [null, { e: null }] } })).toEqual({
    b: { d: [null, { e: null }] },
  });
});

test('a member named __proto__ is merged, replaced and removed like others, and no prototype changes', () => {
  const patch = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
  const created = mergePatch({}, patch);
  expect(Object.keys(created as object)).toEqual(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(created)).toBe(Object.prototype);
  expect((created as { admin?: boolean }).admin).toBeUndefined();
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  expect(JSON.stringify(mergePatch(created, JSON.parse('{"__proto__":{"x":1},"constructor":null}')))).toBe(
    '{"__proto__":{"admin":true,"x":1}}',
  );
  expect(mergePatch(created, JSON.parse('{"__proto__":null,"constructor":null}'))).toEqual({});
  // What an object inherits is no member of it.
  expect(mergePatch({}, { toString: { a: 1 } })).toEqual({ toString: { a: 1 } });
});

test('a hundred levels are merged, and one more is refused, in objects, in lists and in both', () => {
  const shapes: ((inner: JsonValue) => JsonValue)[] = [(inner) => ({ a: inner }), (inner) => [inner]];
  const nested = (levels: number, shapeAt: (level: number) => number): JsonValue => {
    let value: JsonValue = 1;
    for (let level = levels; level > 0; level -= 1) value = shapes[shapeAt(level)]?.(value) ?? value;
    return value;
  };
  for (const shapeAt of [() => 0, () => 1, (level: number) => (level < 50 ? 0 : 1), (level: number) => level % 2]) {
    expect(mergePatch({}, nested(MAX_PATCH_DEPTH, shapeAt))).toEqual(nested(MAX_PATCH_DEPTH, shapeAt));
    for (const levels of [MAX_PATCH_DEPTH + 1, 100_000]) {
      expect(() => mergePatch({}, nested(levels, shapeAt))).toThrow(PatchTooDeepError);
    }
  }
  expect(() => mergePatch(undefined, JSON.parse('['.repeat(101) + ']'.repeat(101)))).toThrow('deeper than 100 levels');
});

/** The RFC's pseudo code, word for word. */
function reference(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, JsonValue> =
    typeof target !== 'object' || target === null || Array.isArray(target) ? {} : { ...(target as JsonObject) };
  for (const [name, value] of Object.entries(patch as object) as [string, JsonValue][]) {
    if (value === null) delete result[name];
    else {
      const before = Object.hasOwn(result, name) ? result[name] : undefined;
      Object.defineProperty(result, name, {
        value: reference(before, value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return result;
}

test('any patch of any target gives what the RFC says, changes neither, and changes nothing when it comes again', () => {
  const names = fc.constantFrom('a', 'b', '__proto__', 'toString', '0');
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<JsonValue>(null, 1, 'x', false),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
    ),
  }));
  fc.assert(
    fc.property(value, value, (target, patch) => {
      const before = JSON.stringify([target, patch]);
      const result = mergePatch(target, patch);
      expect(JSON.stringify(result)).toBe(JSON.stringify(reference(target, patch)));
      expect(JSON.stringify([target, patch])).toBe(before);
      expect(JSON.stringify(mergePatch(result, patch))).toBe(JSON.stringify(result));
    }),
    { numRuns: 5000 },
  );
});
