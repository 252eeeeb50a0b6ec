import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../readers/reader.ts';
import { mergeInto, weighMerge } from './merge-into.ts';
import { mergePatch } from './merge-patch.ts';
import { sameJson } from './same-json.ts';

const { object } = fc.letrec<{ value: JsonObject; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, 1, 'ü', '', 0.5),
    fc.array(fc.constantFrom(null, 1, 'x')),
    tie('object'),
  ) as fc.Arbitrary<JsonObject>,
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'ü', '__proto__', 'toString', '1', ''), tie('value')), {
      selector: ([name]) => name,
      maxLength: 4,
    })
    .map((entries) => Object.fromEntries(entries) as JsonObject),
}));

/** As it comes from the database: without the nulls that a patch has. */
const document = object.map((patch) => mergePatch({}, patch) as JsonObject);
const size = (value: JsonObject) => Buffer.byteLength(JSON.stringify(value));

test('patches merged into a document itself make what merging them one by one makes of it, and each tells before what it would change', () => {
  fc.assert(
    fc.property(document, fc.array(object, { maxLength: 4 }), (start, patches) => {
      const given = JSON.stringify(patches);
      let expected = start;
      const target = structuredClone(start);
      for (const patch of patches) {
        const next = mergePatch(expected, patch) as JsonObject;
        expect(weighMerge(target, patch)).toEqual({
          changed: !sameJson(expected, next),
          bytes: size(next) - size(expected),
        });
        mergeInto(target, patch);
        expect(sameJson(target, next)).toBe(true);
        expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
        expected = next;
      }
      // They are needed again where the transaction is.
      expect(JSON.stringify(patches)).toBe(given);
    }),
    { numRuns: 1_000 },
  );
});
