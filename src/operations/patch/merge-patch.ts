import type { JsonObject, JsonValue } from '../../readers/reader.ts';
import { isRawNumber } from '../../task/json/exact-json.ts';

/** Levels of objects and lists that a patch may have: far more than documents do, and far less than a stack or PostgreSQL holds. */
export const MAX_PATCH_DEPTH = 100;

/** A patch is nested more deeply than `MAX_PATCH_DEPTH`; the message says so. */
export class PatchTooDeepError extends Error {
  override readonly name = 'PatchTooDeepError';

  constructor() {
    super(`The patch is nested deeper than ${MAX_PATCH_DEPTH} levels.`);
  }
}

/**
 * The target with the patch merged in (RFC 7396, section 2): objects are merged member by member, `null` removes a member, and
 * anything else replaces what is there, lists as a whole. Neither argument is changed; the result shares with them what it
 * keeps of them. A member named `__proto__` is one like others.
 *
 * @param target what is there; `undefined` where nothing is
 * @throws PatchTooDeepError
 */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  return merge(target, patch, 1);
}

function merge(target: JsonValue | undefined, patch: JsonValue, level: number): JsonValue {
  if (!isObject(patch)) {
    refuseDeep(patch, level);
    return patch;
  }
  if (level > MAX_PATCH_DEPTH) throw new PatchTooDeepError();
  // A map, and from its entries an object: setting `merged[name]` would set the prototype where the name is __proto__.
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value, level + 1));
  }
  return Object.fromEntries(merged);
}

/** Lists are not looked into by the merge, so their depth is. */
function refuseDeep(value: JsonValue, level: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (level > MAX_PATCH_DEPTH) throw new PatchTooDeepError();
  for (const inner of Object.values(value)) refuseDeep(inner, level + 1);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}
