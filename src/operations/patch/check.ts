import type { JsonObject, JsonRow, JsonValue } from '../../readers/reader.ts';
import type { Column, Resource } from '../../resources/resource.ts';
import { type LineError, shown } from '../../task/errors.ts';
import type { ErroredLine } from '../../task/ledger.ts';
import { comparable } from '../../task/text/visible.ts';
import { MAX_PATCH_DEPTH, mergePatch, PatchTooDeepError } from './merge-patch.ts';

/** A line that can be merged into a record, as far as can be told without the records. */
export interface PatchLine {
  readonly line: number;
  /** The id that the line names in each of the resource's key columns. */
  readonly ids: readonly (string | undefined)[];
  /** All else that the line has. */
  readonly patch: JsonObject;
  /** Of the patch as JSON. */
  readonly bytes: number;
}

/** The columns each of which tells a record of the resource. */
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
    return { code: 'not_an_object', reason: `The line must be a JSON object; found ${described(value)}.` };
  }
  const members = new Map<string, JsonValue>(Object.entries(value));
  const ids: (string | undefined)[] = [];
  for (const { name, type } of columns) {
    const given = members.get(name);
    const id = typeof given === 'string' ? comparable(given) : given;
    members.delete(name);
    if (id === undefined) ids.push(undefined);
    else if (typeof id !== 'string') return notAnId(name, `must be a text in quotes; found ${described(id)}`);
    else if (id.trim() === '') return notAnId(name, `must not be blank; found ${shown(String(given))}`);
    else if (id.length > type.maxLength) {
      const reason = `${name} has ${type.maxLength} characters at most; found ${id.length}: ${shown(id)}.`;
      return { code: 'too_long', column: name, reason };
    } else ids.push(id);
  }
  if (ids.every((id) => id === undefined)) {
    const names = columns.map(({ name }) => name).join(' or ');
    return { code: 'missing_key', reason: `The line must name ${names} to identify the record.` };
  }
  return checkPatch(ids, Object.fromEntries(members));
}

function checkPatch(ids: PatchLine['ids'], patch: JsonObject): Omit<PatchLine, 'line'> | LineError {
  try {
    mergePatch(undefined, patch);
  } catch (error) {
    if (!(error instanceof PatchTooDeepError)) throw error;
    return { code: 'too_deep', reason: `The line is nested deeper than ${MAX_PATCH_DEPTH} levels.` };
  }
  return { ids, patch, bytes: Buffer.byteLength(JSON.stringify(patch)) };
}

function notAnId(column: string, what: string): LineError {
  return { code: 'invalid_value', column, reason: `${column} ${what}.` };
}

function described(value: JsonValue): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the text ${shown(value)}` : String(value);
}
