import { cellText } from '../../readers/csv/cell-text.ts';
import type { Row } from '../../readers/reader.ts';
import { type Column, keyText, MAX_KEY_BYTES, type Resource } from '../../resources/resource.ts';
import type { ColumnType } from '../../resources/types/column-type.ts';
import type { LineError } from '../../task/line-reasons.ts';
import * as reasons from '../../task/line-reasons.ts';
import type { ImportConfig } from '../../task/task.ts';
import { isLonger, lengthOf } from '../../task/text/characters.ts';
import { visible } from '../../task/text/visible.ts';
import type { Binding, BoundColumns } from './bind-columns.ts';
import { normaliserOf } from './normalise.ts';
import { type Reading, readingOf } from './reading.ts';
import { compileReferences, compileWholeness, type GivenReference, type KnownReference } from './references.ts';

/** A line that passed every check. Two lines change a record alike exactly when their values are equal. */
export interface CheckedRow {
  /** What tells the record within its organization. */
  readonly key: string;
  /** The canonical values of `Check.columns`, until the next line is checked. */
  readonly values: readonly (string | null)[];
  /** Whether it removes members of the open columns, which are null in their object. */
  readonly removes: boolean;
}

export interface Check {
  /** Columns of the table that the file gives, in the order of `CheckedRow.values`; the open one last. */
  readonly columns: readonly string[];
  /** The `jsonb` column of open columns, where the file has some. */
  readonly openColumn?: string;
  run(row: Row): CheckedRow | LineError;
}

/** Checks one cell: its canonical text, `null` when it is blank, or what is wrong with it. */
type CellCheck = (cells: readonly string[]) => string | null | LineError;

/**
 * Makes the check of a resource's lines once for the columns of a file; what it returns does no look-ups by name.
 *
 * @param references of the resource: the keys that they name are values of their own
 * @throws TaskError `missing_column` when the file has only some of the fields of a reference
 */
export function compileCheck(
  resource: Resource,
  config: ImportConfig,
  bound: BoundColumns,
  references: readonly KnownReference[] = [],
): Check {
  const byTarget = new Map(bound.bindings.map((binding) => [binding.target, binding]));
  const columns = resource.columns.filter(({ name }) => byTarget.has(name));
  const checks = columns.map((column) => cellCheck(config, column, byTarget.get(column.name) as Binding));
  const keyOf = compileKey(resource, columns);
  const open = compileOpen(resource, config, bound);
  const keeps = config.blankCells === 'keep';
  const refers = compileReferences(references, columns);
  const wholeness = compileWholeness(resource, columns);
  const values: (string | null)[] = new Array(columns.length + refers.length).fill(null);

  function run(row: Row): CheckedRow | LineError {
    if (row.error) return row.error;
    for (let i = 0; i < checks.length; i += 1) {
      const value = (checks[i] as CellCheck)(row.cells);
      if (typeof value === 'object' && value !== null) return reasons.oneError(value, others(row.cells, i + 1));
      values[i] = value;
    }
    const key = keyOf(values);
    if (typeof key === 'object') return key;
    const partly = wholeness(values);
    if (partly) return partly;
    for (let i = 0; i < refers.length; i += 1) {
      const { keyOf: referenceOf, lacks } = refers[i] as GivenReference;
      const lacking = keeps ? lacks(values) : undefined;
      if (lacking !== undefined) return reasons.required(lacking, '');
      values[checks.length + i] = referenceOf(values);
    }
    if (!open) return { key, values, removes: false };
    const object = open(row.cells);
    if ('code' in object) return object;
    values[checks.length + refers.length] = object.json;
    return { key, values, removes: object.removes };
  }

  /** What else is wrong with a line, from a column on. */
  function* others(cells: readonly string[], from: number): Generator<LineError> {
    for (let i = from; i < checks.length; i += 1) {
      const value = (checks[i] as CellCheck)(cells);
      if (typeof value === 'object' && value !== null) yield value;
    }
    const object = open?.(cells);
    if (object && 'code' in object) yield object;
  }

  const sql = [...columns.map((column) => column.sql), ...refers.map(({ column }) => column)];
  if (!open || !resource.open) return { columns: sql, run };
  return { columns: [...sql, resource.open.sql], openColumn: resource.open.sql, run };
}

/** Whether a check's result is what is wrong with the line. */
export function isLineError(result: CheckedRow | LineError): result is LineError {
  return 'code' in result;
}

/** What a check of a column's cells looks at. */
type CheckedColumn = Pick<Column, 'name' | 'type' | 'required' | 'missingValues'>;

/**
 * Makes the check of a column's values.
 *
 * @param reading how they are written
 * @param missing texts that are no value, beside those that the column declares
 * @returns what gives the canonical text of a value, null of one that is blank, or what is wrong with it
 */
export function valueCheck(
  { name, type, required = false, missingValues: declared = [] }: CheckedColumn,
  { read, expectedOf }: Reading,
  missingTexts: readonly string[] = [],
): (raw: string) => string | null | LineError {
  const given = missingTexts.map(cellText);
  const missingValues = new Set([...declared.map(cellText), ...given]);
  const missing = new Set([...valuesOf(type, declared.map(cellText), type.canonical), ...valuesOf(type, given, read)]);
  const kept = type.verbatim === true;
  return (raw) => {
    const text = cellText(raw);
    const cell = kept ? text : visible(text);
    // Of what is kept, too, nothing but what nobody sees is no value where one is required.
    const blank = cell === '' || (kept && required && visible(cell) === '');
    if (blank || (missingValues.size > 0 && missingValues.has(cell)))
      return required ? reasons.required(name, cell) : null;
    if (isLonger(cell, type.maxLength))
      return reasons.tooLong(name, { most: type.maxLength, length: lengthOf(cell) }, cell);
    const value = read(cell);
    if (value === undefined) return reasons.invalidValue(name, expectedOf(cell), text);
    if (missing.size > 0 && missing.has(value)) return required ? reasons.required(name, cell) : null;
    return value;
  };
}

function cellCheck(config: ImportConfig, column: CheckedColumn, binding: Binding): CellCheck {
  // Of a record that is there, since nothing makes one, a value that is required is left as it is.
  const required = column.required === true && !(config.blankCells === 'keep' && config.mode === 'update');
  const check = valueCheck({ ...column, required }, readingOf(config, column.name, column.type), config.missingValues);
  if ('constant' in binding) {
    const result = check(binding.constant);
    return () => result;
  }
  const { source } = binding;
  return (cells) => check(cells[source] as string);
}

/**
 * The values of missing values: an export could write a value that is one of them no otherwise than as missing. Words of booleans
 * stand for themselves: one that is missing says nothing of the others.
 */
function valuesOf({ sql }: ColumnType, missing: readonly string[], read: ColumnType['canonical']): string[] {
  return sql === 'boolean' ? [] : missing.flatMap((cell) => read(cell) ?? []);
}

/** Makes the text that tells a record, of the values of its columns. */
type KeyOf = (values: readonly (string | null)[]) => string | LineError;

function compileKey({ key }: Resource, columns: readonly Column[]): KeyOf {
  const indices = key.columns.map((name) => columns.findIndex((column) => column.name === name));
  const textOf = key.together ? togetherOf(key, indices) : firstOf(key, indices);
  return (values) => {
    const text = textOf(values);
    // No character takes more than four bytes, nor a UTF-16 unit more than three.
    if (typeof text === 'object' || text.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(text) <= MAX_KEY_BYTES)
      return text;
    return reasons.keyTooLong(key.columns, { most: MAX_KEY_BYTES, bytes: Buffer.byteLength(text) });
  };
}

/** The first of the columns that has a value, and its name where there are others. */
function firstOf(key: Resource['key'], indices: readonly number[]): KeyOf {
  const missing = reasons.missingKey(key.columns);
  const parts = key.columns
    .map((name, at) => ({ prefix: key.columns.length > 1 ? `${name}:` : '', index: indices[at] as number }))
    .filter(({ index }) => index >= 0);
  const told = normaliserOf(key);
  return (values) => {
    for (const { prefix, index } of parts) {
      const value = values[index];
      const text = value == null ? '' : told(value);
      // Nothing but invisible characters tells no record.
      if (text !== '') return prefix + text;
    }
    return missing;
  };
}

/** All of the columns together. */
function togetherOf(key: Resource['key'], indices: readonly number[]): KeyOf {
  const told = normaliserOf(key);
  return (values) => {
    const texts: string[] = [];
    for (const [at, index] of indices.entries()) {
      const value = values[index];
      const text = value == null ? '' : told(value);
      if (text === '') return reasons.missingKeyPart(key.columns, at);
      texts.push(text);
    }
    return keyText(texts);
  };
}

function compileOpen(
  resource: Resource,
  config: ImportConfig,
  { bindings }: BoundColumns,
): ((cells: readonly string[]) => { json: string; removes: boolean } | LineError) | undefined {
  const { open } = resource;
  const bound = open ? bindings.filter(({ target }) => target.startsWith(open.prefix)) : [];
  if (!open || bound.length === 0) return undefined;
  const keeps = config.blankCells === 'keep';
  // Sorted, so that equal objects have equal texts.
  const members = bound
    .map((binding) => ({
      name: binding.target.slice(open.prefix.length),
      check: cellCheck(config, { name: binding.target, type: open.type }, binding),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return (cells) => {
    const object: Record<string, string | null> = Object.create(null);
    let removes = false;
    for (const { name, check } of members) {
      const value = check(cells);
      if (typeof value === 'object' && value !== null) return value;
      if (value === null && keeps) continue;
      object[name] = value;
      removes ||= value === null;
    }
    return { json: JSON.stringify(object), removes };
  };
}
