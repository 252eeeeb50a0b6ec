import { isRawNumber, parseJson } from '../../task/json/exact-json.ts';
import type { ColumnType } from './column-type.ts';
import { canonicalDecimal } from './decimals.ts';

/** Characters of a cell of JSON. */
const MAX_JSON = 100_000;
/** Levels of a value: PostgreSQL and whoever reads it go into each by a call. */
const MAX_DEPTH = 64;

/** A JSON object. */
export const jsonObject = jsonOf('a JSON object', (value) => !Array.isArray(value));

/** A JSON array. */
export const jsonArray = jsonOf('a JSON array', Array.isArray);

/** A JSON object or array of which something holds, with its numbers as they are written. */
export function jsonOf(expected: string, holds: (value: object) => boolean): ColumnType {
  return {
    sql: 'jsonb',
    expected,
    maxLength: MAX_JSON,
    verbatim: true,
    canonical(cell) {
      const value = read(cell);
      if (typeof value !== 'object' || value === null || isRawNumber(value)) return undefined;
      // First, since that bounds the depth.
      const text = printed(value, 0);
      return text !== undefined && holds(value) ? text : undefined;
    },
  };
}

function read(cell: string): unknown {
  try {
    return parseJson(cell);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * A JSON value as PostgreSQL's `jsonb` writes it, but for numbers, which have no zeros that say nothing: equal values are equal texts.
 *
 * @returns `undefined` when PostgreSQL could not keep it: U+0000, half of a surrogate pair, more than 64 levels, numbers of more than
 *   a thousand digits
 */
function printed(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return canonicalDecimal(String(value));
  if (isRawNumber(value)) return canonicalDecimal(value.rawJSON);
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const entry of value) {
      const part = printed(entry, depth + 1);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return `[${parts.join(', ')}]`;
  }
  const object = value as Record<string, unknown>;
  for (const name of Object.keys(object).sort(asJsonb)) {
    const [key, part] = [quoted(name), printed(object[name], depth + 1)];
    if (key === undefined || part === undefined) return undefined;
    parts.push(`${key}: ${part}`);
  }
  return `{${parts.join(', ')}}`;
}

/** The order of an object's names in `jsonb`: by their bytes' number, then by the bytes. */
function asJsonb(a: string, b: string): number {
  const difference = Buffer.byteLength(a) - Buffer.byteLength(b);
  return difference || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function quoted(text: string): string | undefined {
  return text.isWellFormed() && !text.includes('\0') ? JSON.stringify(text) : undefined;
}
