import type { LineError } from '../task/errors.ts';
import { notStorable } from './line-errors.ts';
import type { JsonValue } from './reader.ts';

/** Whether a text may hold what `findUnstorable` looks for: escapes of NUL and of surrogates, a number of a large exponent. */
const SUSPECT = /\\u(?:0000|d[89a-f])|\de\+?\d\d|\d{300}/i;

/**
 * Finds what JSON can say and we cannot keep: U+0000 and halves of surrogate pairs, which PostgreSQL refuses, and numbers
 * beyond a double's range, which `JSON.parse` takes for infinite.
 * @param text the JSON that `value` was read from: one look at it spares most values the walk
 */
export function findUnstorable(text: string, value: JsonValue): LineError | undefined {
  if (!SUSPECT.test(text)) return undefined;
  // Not recursive: a value may be nested hundreds of thousands of levels deep.
  const left: JsonValue[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'object' && next !== null) {
      for (const [name, member] of Object.entries(next)) left.push(name, member);
    } else if (typeof next === 'number' && !Number.isFinite(next)) {
      return notStorable('invalid_json', 'a number that is too large', text);
    } else if (typeof next === 'string' && next.includes('\0')) {
      return notStorable('invalid_encoding', 'a NUL character (U+0000)', text);
    } else if (typeof next === 'string' && !next.isWellFormed()) {
      return notStorable('invalid_encoding', 'half of a surrogate pair, which is no character,', text);
    }
  }
  return undefined;
}
