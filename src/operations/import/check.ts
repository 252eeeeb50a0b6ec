import { cellText } from '../../readers/csv/cell-text.ts';
import type { Row } from '../../readers/reader.ts';
import type { Column, Resource } from '../../resources/resource.ts';
import { type LineError, shown } from '../../task/errors.ts';
import type { ImportConfig } from '../../task/task.ts';
import { isLonger, lengthOf } from '../../task/text/characters.ts';
import { comparable, foldedCase, visible } from '../../task/text/visible.ts';
import type { Binding, BoundColumns } from './bind-columns.ts';
import { readingOf } from './reading.ts';

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

/** Makes the check of a resource's lines once for the columns of a file; what it returns does no look-ups by name. */
export function compileCheck(resource: Resource, config: ImportConfig, bound: BoundColumns): Check {
  const byTarget = new Map(bound.bindings.map((binding) => [binding.target, binding]));
  const columns = resource.columns.filter(({ name }) => byTarget.has(name));
  const checks = columns.map((column) => cellCheck(config, column, byTarget.get(column.name) as Binding));
  const keyOf = compileKey(resource, columns);
  const open = compileOpen(resource, config, bound);
  const values: (string | null)[] = new Array(columns.length).fill(null);

  function run(row: Row): CheckedRow | LineError {
    if (row.error) return row.error;
    for (let i = 0; i < checks.length; i += 1) {
      const value = (checks[i] as CellCheck)(row.cells);
      if (typeof value === 'object' && value !== null) return value;
      values[i] = value;
    }
    const key = keyOf(values);
    if (typeof key === 'object') return key;
    if (!open) return { key, values, removes: false };
    const object = open(row.cells);
    if ('code' in object) return object;
    values[checks.length] = object.json;
    return { key, values, removes: object.removes };
  }

  const sql = columns.map((column) => column.sql);
  if (!open || !resource.open) return { columns: sql, run };
  return { columns: [...sql, resource.open.sql], openColumn: resource.open.sql, run };
}

/** Whether a check's result is what is wrong with the line. */
export function isLineError(result: CheckedRow | LineError): result is LineError {
  return 'code' in result;
}

function cellCheck(
  config: ImportConfig,
  { name, type, required = false }: Pick<Column, 'name' | 'type' | 'required'>,
  binding: Binding,
): CellCheck {
  const missingValues = new Set(config.missingValues?.map(cellText));
  const { read, expected } = readingOf(config, name, type);
  const kept = type.verbatim === true;
  const check = (raw: string): string | null | LineError => {
    const text = cellText(raw);
    const cell = kept ? text : visible(text);
    // Of what is kept, too, nothing but what nobody sees is no value where one is needed.
    const blank = cell === '' || (kept && required && visible(cell) === '');
    if (blank || (missingValues.size > 0 && missingValues.has(cell)))
      return required ? { code: 'required', column: name, reason: `${name} is required; found ${shown(cell)}.` } : null;
    if (isLonger(cell, type.maxLength)) {
      const reason = `${name} must be at most ${type.maxLength} characters long; found ${lengthOf(cell)}: ${shown(cell)}.`;
      return { code: 'too_long', column: name, reason };
    }
    return (
      read(cell) ?? {
        code: 'invalid_value',
        column: name,
        reason: `${name} must be ${expected}; found ${shown(text)}.`,
      }
    );
  };
  if ('constant' in binding) {
    const result = check(binding.constant);
    return () => result;
  }
  const { source } = binding;
  return (cells) => check(cells[source] as string);
}

function compileKey(
  resource: Resource,
  columns: readonly Column[],
): (values: readonly (string | null)[]) => string | LineError {
  const { key } = resource;
  const missing: LineError = {
    code: 'missing_key',
    column: key.columns[0] as string,
    reason: `${key.columns.join(' or ')} is needed to tell the record from others; found "".`,
  };
  const parts = key.columns
    .map((name) => ({
      prefix: key.columns.length > 1 ? `${name}:` : '',
      index: columns.findIndex((column) => column.name === name),
    }))
    .filter(({ index }) => index >= 0);
  const told = key.caseInsensitive ? foldedCase : comparable;
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

function compileOpen(
  resource: Resource,
  config: ImportConfig,
  { bindings }: BoundColumns,
): ((cells: readonly string[]) => { json: string; removes: boolean } | LineError) | undefined {
  const { open } = resource;
  const bound = open ? bindings.filter(({ target }) => target.startsWith(open.prefix)) : [];
  if (!open || bound.length === 0) return undefined;
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
      object[name] = value;
      removes ||= value === null;
    }
    return { json: JSON.stringify(object), removes };
  };
}
