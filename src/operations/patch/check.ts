import type { JsonObject, JsonRow, JsonValue } from '../../readers/reader.ts';
import type { Column, Resource } from '../../resources/resource.ts';
import { shown } from '../../task/errors.ts';
import type { ErroredLine } from '../../task/ledger.ts';
import type { LineError } from '../../task/line-reasons.ts';
import * as reasons from '../../task/line-reasons.ts';
import { comparable } from '../../task/text/visible.ts';
import { MAX_PATCH_DEPTH, mergePatch, PatchTooDeepError } from './merge-patch.ts';

/** A line that can be merged into a record, as far as known without the records. */
export interface PatchLine {
  readonly line: number;
  /** The id that the line names in each of the resource's key columns. */
  readonly ids: readonly (string | undefined)[];
  /** All else that the line has. */
  readonly patch: JsonObject;
  /** Of the patch as JSON. */
  readonly bytes: number;
}

/** The columns that each identify a record of the resource. */
export function idColumns({ columns, key }: Resource): readonly Column[] {
  return columns.filter(({ name }) => key.columns.includes(name));
}

/**
 * Makes the check of the lines of a patch (docs/api/activityid.md "Patching users"): a JSON object that names its record by at least one id, as
 * text. A number is refused, since two programs write the same number in different ways, and large ones lose digits;
 * `null` is refused, since no record is without its id.
 */
export function compilePatchCheck(resource: Resource): (row: JsonRow) => PatchLine | ErroredLine {
  const columns = idColumns(resource);
  return (row) => {
    const { line } = row;
    if (row.error) return { line, ...row.error };
    const checked = checkValue(columns, row.value);
    return { line, ...checked };
  };
}

function checkValue(columns: readonly Column[], value: JsonValue): Omit<PatchLine, 'line'> | LineError {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return reasons.notAnObject(described(value));
  }
  const members = new Map<string, JsonValue>(Object.entries(value));
  const ids: (string | undefined)[] = [];
  for (const { name, type } of columns) {
    const given = members.get(name);
    const id = typeof given === 'string' ? comparable(given) : given;
    members.delete(name);
    if (id === undefined) ids.push(undefined);
    else if (typeof id !== 'string') return reasons.idNotAString(name, described(id));
    else if (id.trim() === '') return reasons.idBlank(name, String(given));
    else if (id.length > type.maxLength) return reasons.tooLong(name, { most: type.maxLength, length: id.length }, id);
    else ids.push(id);
  }
  if (ids.every((id) => id === undefined)) {
    return reasons.missingIds(columns.map(({ name }) => name));
  }
  return checkPatch(ids, Object.fromEntries(members));
}

function checkPatch(ids: PatchLine['ids'], patch: JsonObject): Omit<PatchLine, 'line'> | LineError {
  try {
    mergePatch(undefined, patch);
  } catch (error) {
    if (!(error instanceof PatchTooDeepError)) throw error;
    return reasons.tooDeep(MAX_PATCH_DEPTH);
  }
  return { ids, patch, bytes: Buffer.byteLength(JSON.stringify(patch)) };
}

function described(value: JsonValue): string {
  if (Array.isArray(value)) return 'an array';
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the string ${shown(value)}` : String(value);
}
