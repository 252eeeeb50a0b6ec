import { isExact } from '../../task/json/exact-json.ts';
import { inexactNumber, type LineError, numberTooLarge, unstorableText } from '../../task/line-reasons.ts';
import type { JsonValue } from '../reader.ts';

/** Whether a text may hold what `findUnstorable` looks for: escapes of NUL and of surrogates, numbers of many digits or with an exponent. */
const SUSPECT = /\\u(?:0000|d[89a-f])|\de[+-]?\d|\d[\d.]{15}/i;

/**
 * Finds JSON that cannot be stored: U+0000 and unpaired surrogates, which PostgreSQL rejects, numbers beyond a
 * double's range, which `JSON.parse` reads as infinite, and numbers that a double rounds, such as the ids of some systems.
 * @param text the JSON that `value` was read from: one look at it spares most values the walk
 */
export function findUnstorable(text: string, value: JsonValue): LineError | undefined {
  if (!SUSPECT.test(text)) return undefined;
  const rounded = findRounded(text);
  if (rounded !== undefined) return inexactNumber(rounded, text);
  // Not recursive: a value may be nested hundreds of thousands of levels deep.
  const left: JsonValue[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === 'object' && next !== null) {
      for (const [name, member] of Object.entries(next)) left.push(name, member);
    } else if (typeof next === 'number' && !Number.isFinite(next)) {
      return numberTooLarge(text);
    } else if (typeof next === 'string' && next.includes('\0')) {
      return unstorableText('a NUL character (U+0000)', text);
    } else if (typeof next === 'string' && !next.isWellFormed()) {
      return unstorableText('an unpaired surrogate', text);
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
