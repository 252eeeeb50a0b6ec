import type { JsonValue } from '../../readers/reader.ts';
import { isRawNumber, sameDecimal } from '../../task/json/exact-json.ts';

/** Whether two values are the same JSON: the order of members does not matter. As deep as a patch can be. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  // What a merge keeps is not only alike but the same, and not looked into.
  if (a === b) return true;
  if (isRawNumber(a) || isRawNumber(b)) return sameDecimal(JSON.stringify(a) ?? '', JSON.stringify(b) ?? '');
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const ours = Object.entries(a);
  const theirs = new Map<string, JsonValue>(Object.entries(b));
  return ours.length === theirs.size && ours.every(([name, value]) => sameJson(value, theirs.get(name)));
}
