import { readStandard } from '../../resources/types/column-type.ts';
import { shown } from '../../task/errors.ts';
import { isExact, isRawNumber, lengthWritten, type RawNumber } from '../../task/json/exact-json.ts';
import { isLonger, lengthOf } from '../../task/text/characters.ts';
import { visible } from '../../task/text/visible.ts';
import type { Condition, Operator } from './criteria.ts';
import type { Field } from './fields.ts';

const MAX_IN = 1_000;
/** PostgreSQL writes numbers without exponents: a task's criteria, of a few bytes, would be gigabytes. */
const MAX_DIGITS = 500;
/** Characters of a `like` pattern: beyond what any column holds, and far from what PostgreSQL's matcher recurses on. */
const MAX_PATTERN = 1_000;

/** What is wrong with a value, and where in it (`[3]`, or nothing). */
export interface BadValue {
  readonly at: string;
  readonly message: string;
}

/** Brings a condition's value to the field's canonical spelling. */
export function readValue(field: Field, op: Operator, value: unknown): { readonly condition: Condition } | BadValue {
  const { name } = field;
  if (op === 'exists') {
    if (typeof value !== 'boolean') return bad(`exists takes true or false; found ${described(value)}`);
    return { condition: { field: name, op, value } };
  }
  if (op === 'in') return readList(field, value);
  if (value === null && (op === 'eq' || op === 'ne')) return { condition: { field: name, op, value } };
  const one = op === 'like' ? readPattern(name, value) : readOne(field, value);
  return typeof one === 'string' ? { condition: { field: name, op, value: one } } : one;
}

function readList(field: Field, value: unknown): { readonly condition: Condition } | BadValue {
  if (!Array.isArray(value)) return bad(`in takes an array of values; found ${described(value)}`);
  if (value.length < 1 || value.length > MAX_IN) return bad(`in takes 1 to ${MAX_IN} values; found ${value.length}`);
  const values: string[] = [];
  for (const [index, entry] of value.entries()) {
    const one = readOne(field, entry);
    if (typeof one !== 'string') return { ...one, at: `[${index}]` };
    values.push(one);
  }
  return { condition: { field: field.name, op: 'in', value: values } };
}

function readPattern(name: string, value: unknown): string | BadValue {
  if (typeof value !== 'string')
    return bad(`like takes a string, with % and _ as wildcards; found ${described(value)}`);
  if (isLonger(value, MAX_PATTERN)) {
    return bad(
      `a pattern can have at most ${MAX_PATTERN} characters; ${name} is compared with one of ${lengthOf(value)}`,
    );
  }
  // PostgreSQL refuses both: a text with NUL, and a pattern that ends with the start of an escape.
  if (!isStorable(value))
    return bad(`a pattern must not contain a NUL character or an unpaired surrogate; found ${shown(value)}`);
  if (/(?<!\\)(?:\\\\)*\\$/.test(value)) {
    return bad(`the pattern ends with a single backslash; write \\\\ for a literal backslash: ${shown(value)}`);
  }
  return value;
}

/** A single value: JSON numbers, true and false serve as their text; what is compared with text, as it is written. */
function readOne(field: Field, value: unknown): string | BadValue {
  const { name, type } = field;
  if (value === null) return bad('null can only be compared with eq and ne; use exists to test for a value');
  const isNumber = typeof value === 'number' || isRawNumber(value);
  const isJson = type.sql === 'jsonb' && typeof value === 'object' && !isNumber;
  if (!isNumber && !isJson && typeof value !== 'string' && typeof value !== 'boolean') return wrongType(field, value);
  if (isRawNumber(value) && lengthWritten(value.rawJSON) > MAX_DIGITS)
    return bad(`a number can have at most ${MAX_DIGITS} digits when written out; found ${shown(value.rawJSON)}`);
  const text = isRawNumber(value)
    ? type.sql === 'text'
      ? value.rawJSON
      : digitsOf(value)
    : isJson
      ? JSON.stringify(value)
      : String(value);
  const cell = field.verbatim ? text : type.verbatim ? text.trim() : visible(text.trim());
  if (cell === '' && !field.verbatim) {
    return bad(`${name} is never blank; use exists to test for a value`);
  }
  if (isLonger(cell, type.maxLength)) {
    return bad(`${name} can have at most ${type.maxLength} characters; found ${lengthOf(cell)}: ${shown(cell)}`);
  }
  return (isStorable(cell) ? canonicalOf(field, cell) : undefined) ?? wrongType(field, value);
}

/** As JavaScript writes the number, where it can: 30.0 is 30. */
function digitsOf({ rawJSON }: RawNumber): string {
  return isExact(rawJSON) ? String(Number(rawJSON)) : rawJSON;
}

/** Whether PostgreSQL's text can hold it: not U+0000, and no half of a surrogate pair. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function canonicalOf({ type }: Field, cell: string): string | undefined {
  const { list } = type;
  if (!list) return readStandard(type, cell);
  return cell.includes(list.delimiter) ? undefined : readStandard(list.item, cell);
}

function wrongType({ name, type }: Field, value: unknown): BadValue {
  const { expected: ofCells, standardExpected: ofValues = ofCells } = type.list?.item ?? type;
  const isText = type.list?.item.sql === 'text';
  const expected = type.list ? `one entry of the list${isText ? '' : `, ${ofValues}`}` : ofValues;
  return bad(`${name} must be ${expected}; found ${described(value)}`);
}

function bad(message: string): BadValue {
  return { at: '', message };
}

/** A value as a message shows it. Not its JSON: that of an object could be of any size and depth. */
export function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return shown(value);
  if (isRawNumber(value)) return shown(value.rawJSON).slice(1, -1);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
