import { type LineError, shown } from '../../task/errors.ts';
import { isExact } from '../../task/json/exact-json.ts';
import { notStorable } from '../line-errors.ts';
import type { JsonValue } from '../reader.ts';

/** Whether a text may hold what `findUnstorable` looks for: escapes of NUL and of surrogates, numbers of many digits or with an exponent. */
const SUSPECT = /\\u(?:0000|d[89a-f])|\de[+-]?\d|\d[\d.]{15}/i;

/**
 * Finds what JSON can say and we cannot keep: U+0000 and halves of surrogate pairs, which PostgreSQL refuses, numbers beyond a
 * double's range, which `JSON.parse` takes for infinite, and others that a double rounds, such as the ids of some systems.
 * @param text the JSON that `value` was read from: one look at it spares most values the walk
 */
export function findUnstorable(text: string, value: JsonValue): LineError | undefined {
  if (!SUSPECT.test(text)) return undefined;
  const rounded = findRounded(text);
  if (rounded !== undefined) {
    const what = `the number ${shown(rounded)}, of which digits would be lost (write it as text),`;
    return notStorable('invalid_json', what, text);
  }
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

/** The strings and numbers of a JSON text; strings, so that no number is looked for inside them. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** The first number in the JSON that is another one as a double, though not an infinite one. */
function findRounded(text: string): string | undefined {
  for (const [token] of text.matchAll(TOKENS)) {
    if (!token.startsWith('"') && Number.isFinite(Number(token)) && !isExact(token)) return token;
  }
  return undefined;
}
