import { shown } from '../../../task/errors.ts';
import { type GivenJson, isRawNumber, lengthWritten, parseJson } from '../../../task/json/exact-json.ts';
import { isStorable, UNSTORABLE } from './storable.ts';

const MAX_DEPTH = 100;
const MAX_BYTES = 64 * 1024;
/** PostgreSQL keeps numbers without their exponents: of a few bytes it would make gigabytes. */
const MAX_DIGITS = 500;

/**
 * A JSON value that is given as itself or as its text; a text that is no JSON is a value itself.
 *
 * @returns the value, or why it cannot be stored: more than 64 KiB, 100 levels, characters or numbers that PostgreSQL has not
 */
export function readJson(given: unknown): GivenJson | { readonly problem: string } {
  const value = typeof given === 'string' ? parse(given) : given;
  const problem = findProblem(value);
  if (problem) return { problem };
  const text = typeof given === 'string' ? given : JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  return bytes > MAX_BYTES
    ? { problem: `must have at most ${MAX_BYTES} bytes of JSON; has ${bytes}` }
    : { value, text };
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** Level by level: what is nested ten thousand deep must not be more than the stack can take. */
function findProblem(value: unknown): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `must have at most ${MAX_DEPTH} levels`;
    const texts = level.flatMap((one) => (typeof one === 'string' ? one : isObject(one) ? Object.keys(one) : []));
    if (!texts.every(isStorable)) return UNSTORABLE;
    const long = level.find((one) => isRawNumber(one) && lengthWritten(one.rawJSON) > MAX_DIGITS);
    if (isRawNumber(long))
      return `has a number of more than ${MAX_DIGITS} digits: ${shown(long.rawJSON)}; write it as a string`;
    level = level.flatMap((one) => (isObject(one) ? Object.values(one) : []));
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRawNumber(value);
}
