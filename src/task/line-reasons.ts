/**
 * Why a line was errored or skipped: every code and its sentence (docs/api/ledger.md "Reasons and codes"). What checks a line calls one
 * of these functions with the values to show.
 */
import { shown } from './errors.ts';
import { findJsonFault } from './json/json-fault.ts';
import { shownBytes } from './text/bytes.ts';

/** Why a line is errored. Stable: programs read it in reports. */
export type LineErrorCode =
  | 'required'
  | 'invalid_value'
  | 'too_long'
  | 'missing_key'
  | 'ragged_row'
  | 'invalid_encoding'
  | 'invalid_quoting'
  | 'invalid_json'
  | 'not_an_object'
  | 'conflicting_ids'
  | 'too_deep'
  | 'document_too_large'
  | 'row_too_large'
  | 'record_too_large'
  | 'too_slow'
  | TableRefusal;

/** Why the database did not take a line, by the kind of what was against it. */
export type TableRefusal =
  | 'reference_missing'
  | 'reference_ambiguous'
  | 'referenced'
  | 'duplicate_value'
  | 'check_violated'
  | 'domain_violated'
  | 'missing_value'
  | 'excluded'
  | 'not_allowed'
  | 'refused'
  | 'suppressed'
  | 'exists'
  | 'not_found'
  | 'invalid_value';

/** What is wrong with one line: data for its report, never thrown. */
export interface LineError {
  readonly code: LineErrorCode;
  /** Target column of the invalid value, if the error is about one column. */
  readonly column?: string;
  /** A sentence for people that names the column and the value. */
  readonly reason: string;
}

/** Why a line is skipped, by code. */
export const SKIP_REASONS = {
  exists: 'A record with this key already exists, and override is off.',
  unchanged: 'The record already has exactly these values.',
} as const;

// Values

export function required(column: string, cell: string): LineError {
  return { code: 'required', column, reason: `${column} is required; found ${shown(cell)}.` };
}

/** @param expected completes "must be …" */
export function invalidValue(column: string, expected: string, cell: string): LineError {
  return { code: 'invalid_value', column, reason: `${column} must be ${expected}; found ${shown(cell)}.` };
}

/** @param length of the cell, in characters, as is `most` */
export function tooLong(column: string, { most, length }: { most: number; length: number }, cell: string): LineError {
  const reason = `${column} must be at most ${most} characters long; found ${length}: ${shown(cell)}.`;
  return { code: 'too_long', column, reason };
}

/** @param columns of which at least one must have a value */
export function missingKey(columns: readonly string[]): LineError {
  const reason = `${columns.join(' or ')} is required to identify the record; found "".`;
  return { code: 'missing_key', column: columns[0] as string, reason };
}

/** @param columns all of which must have a value @param at of the one that has none */
export function missingKeyPart(columns: readonly string[], at: number): LineError {
  const reason = `${columns.join(' and ')} are all required to identify the record; found "".`;
  return { code: 'missing_key', column: columns[at] as string, reason };
}

/** @param columns that name a record together @param at of one that has no value, while others have */
export function incompleteReference(columns: readonly string[], at: number): LineError {
  const reason = `${columns.join(' and ')} refer to a record together: all must have a value, or none; found "".`;
  return { code: 'required', column: columns[at] as string, reason };
}

/** @param columns of the key @param bytes of all their values together, as is `most` */
export function keyTooLong(columns: readonly string[], { most, bytes }: { most: number; bytes: number }): LineError {
  const reason = `The key (${columns.join(', ')}) has ${bytes} bytes; the limit is ${most}.`;
  return { code: 'too_long', column: columns[0] as string, reason };
}

/** Errors of a line that are given in full besides its first: the ledger keeps the reason of every errored line. */
const TOLD = 4;
/** Columns that are named after them. */
const NAMED = 20;

/**
 * The error of a line with several invalid values: the code and column of the first, and the sentences of up to five; of the rest, the
 * columns. So a file can be corrected from its report in one pass, not in one for each column.
 */
export function oneError(first: LineError, others: Iterable<LineError>): LineError {
  const rest = [...others];
  if (rest.length === 0) return first;
  const sentences = [first, ...rest.slice(0, TOLD)].map(({ reason }) => reason);
  const more = rest.slice(TOLD).flatMap(({ column }) => column ?? []);
  if (more.length > 0) {
    const names = more.slice(0, NAMED).join(', ');
    sentences.push(`Also wrong: ${names}${more.length > NAMED ? ` and ${more.length - NAMED} more columns` : ''}.`);
  }
  return { ...first, reason: sentences.join(' ') };
}

// Rows of a CSV file

/** The header's names, to name a column by. */
export type Names = readonly string[];

/** Something between a cell's closing quote and the next delimiter: `"x"y`. */
export function textAfterQuote(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_quoting',
    reason:
      `${titled(names, index)} has text after its closing quote, ${shown(cell)}: ` +
      'double every quote inside a quoted value, or remove the quotes around it.',
  };
}

/** A quote in a cell that does not start with one: `5" pipe`. */
export function quoteInside(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_quoting',
    reason:
      `${titled(names, index)} has a quote inside an unquoted value, ${shown(cell)}: ` +
      'put the whole value in quotes and double every quote inside it.',
  };
}

/** @param line with the opening quote */
export function neverClosed(names: Names, index: number, line: number): LineError {
  return {
    code: 'invalid_quoting',
    reason:
      `${titled(names, index)} starts with a quote on line ${line} that is never closed, so everything after it ` +
      'is one value: close the quote there.',
  };
}

export function badEncoding(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_encoding',
    reason:
      `${titled(names, index)} contains bytes that are not valid in the file's encoding, ${shown(cell)}: ` +
      'save the file as UTF-8, or declare its charset.',
  };
}

/** U+0000, which PostgreSQL's text cannot hold. */
export function nulCharacter(names: Names, index: number, cell: string): LineError {
  const what = `${titled(names, index)} contains a NUL character (U+0000), which cannot be stored`;
  return { code: 'invalid_encoding', reason: `${what}, ${shown(cell)}: remove it.` };
}

export function raggedRow(expected: number, found: number): LineError {
  const hint =
    found > expected
      ? 'put a value that contains the delimiter in quotes.'
      : 'an empty value needs its delimiter too (or allow short rows, if only the last cells are missing).';
  return { code: 'ragged_row', reason: `The header has ${counted(expected)}, this row has ${counted(found)}: ${hint}` };
}

/** @param unclosedOn line of a quote that was still open at the end of the file, the likely cause */
export function rowTooLarge(maxBytes: number, unclosedOn: number | undefined): LineError {
  const cause =
    unclosedOn === undefined
      ? 'check for a missing quote, or shorten the value.'
      : `the opening quote on line ${unclosedOn} is never closed.`;
  return { code: 'row_too_large', reason: `The row is longer than the limit of ${shownBytes(maxBytes)}: ${cause}` };
}

// Lines of an NDJSON file

export function invalidJson(line: string): LineError {
  const fault = findJsonFault(line);
  const where = fault ? `at column ${fault.at + 1} ${fault.what}` : 'it is too large to be read';
  return { code: 'invalid_json', reason: `The line is not JSON: ${where}; found ${shown(line)}.` };
}

export function jsonTooLarge(maxBytes: number): LineError {
  const reason = `The line is longer than the limit of ${shownBytes(maxBytes)}: put each value on its own line.`;
  return { code: 'row_too_large', reason };
}

export function lineBadEncoding(line: string): LineError {
  return { code: 'invalid_encoding', reason: `The line is not valid UTF-8: ${shown(line)}.` };
}

/** A number that `JSON.parse` rounds, such as a long id. */
export function inexactNumber(number: string, line: string): LineError {
  const fix = 'Write it as a string in quotes';
  return { code: 'invalid_json', reason: `The number ${shown(number)} has too many digits. ${fix}: ${shown(line)}.` };
}

/** A number beyond a double's range. */
export function numberTooLarge(line: string): LineError {
  return { code: 'invalid_json', reason: `The line contains a number that is too large to store: ${shown(line)}.` };
}

/** Text that PostgreSQL cannot store. */
export function unstorableText(what: 'a NUL character (U+0000)' | 'an unpaired surrogate', line: string): LineError {
  return { code: 'invalid_encoding', reason: `The line contains ${what}, which cannot be stored: ${shown(line)}.` };
}

// Lines of a patch

/** @param found what the line is instead, such as `an array` */
export function notAnObject(found: string): LineError {
  return { code: 'not_an_object', reason: `The line must be a JSON object; found ${found}.` };
}

/** @param found what the member is instead, such as `an array` */
export function idNotAString(column: string, found: string): LineError {
  return { code: 'invalid_value', column, reason: `${column} must be a string; found ${found}.` };
}

export function idBlank(column: string, id: string): LineError {
  return { code: 'invalid_value', column, reason: `${column} must not be blank; found ${shown(id)}.` };
}

/** @param columns of which the line must have at least one */
export function missingIds(columns: readonly string[]): LineError {
  return { code: 'missing_key', reason: `The line must have ${columns.join(' or ')} to identify the record.` };
}

export function tooDeep(levels: number): LineError {
  return { code: 'too_deep', reason: `The line is nested deeper than ${levels} levels.` };
}

/** An id of a line, by its column. */
type NamedId = readonly [column: string, id: string];

/** @param existing an id of the record that the line found, if it contradicts one of the line's; otherwise the ids found two records */
export function conflictingIds(ids: readonly NamedId[], existing: NamedId | undefined): LineError {
  const named = ([column, id]: NamedId) => `${column} ${shown(id)}`;
  const why = existing ? `the existing record has the ${named(existing)}` : 'each belongs to a different record';
  return {
    code: 'conflicting_ids',
    reason: `${ids.map(named).join(' and ')} are not ids of the same record: ${why}. Use only one of them.`,
  };
}

/** @param bytes of the record's document with this line, as JSON, as is `most` */
export function documentTooLarge(bytes: number, most: number): LineError {
  const reason =
    `With this line the record would have ${bytes} bytes of JSON; the limit is ${shownBytes(most)} (${most}). ` +
    'Remove some of its data first.';
  return { code: 'document_too_large', reason };
}

// The database

export function tooSlow(seconds: number): LineError {
  return { code: 'too_slow', reason: `The database needs more than ${seconds} seconds for this line alone.` };
}

/** A row of a table has a size that nothing but long texts and JSON can be beyond. */
export function recordTooLarge(): LineError {
  const reason =
    'With this line the record would be larger than PostgreSQL can store: about 8,000 bytes without its long texts. ' +
    'Fill fewer columns.';
  return { code: 'record_too_large', reason };
}

function titled(names: Names, index: number): string {
  const name = names[index];
  return name === undefined || name === '' ? `Column ${index + 1}` : `Column ${index + 1} (${shown(name)})`;
}

function counted(cells: number): string {
  return cells === 1 ? '1 cell' : `${cells} cells`;
}

// Lines that a table refuses

/** What a database told of a line that it refused. */
export interface ToldRefusal {
  /** Columns that it is about, as files name them; none where nobody knows. */
  readonly columns: readonly string[];
  /** As the table's owner named it. */
  readonly constraint?: string;
  /** Of another table, whose records refer to this one. */
  readonly table?: string;
  /** As the database, or a trigger of the owner's, says it; of a record that could not be created, a sentence. */
  readonly message?: string;
  /** Of a reference that was looked up: the resource, and the values that name its record. */
  readonly resource?: string;
  readonly values?: readonly string[];
}

export function refusedByTable(code: TableRefusal, told: ToldRefusal): LineError {
  const [column] = told.columns;
  return { code, ...(column !== undefined && { column }), reason: whyRefused(code, told) };
}

function whyRefused(code: TableRefusal, told: ToldRefusal): string {
  const { columns, constraint, table, message, resource, values = [] } = told;
  const named = columns.join(', ');
  const by = constraint ? ` (constraint ${constraint})` : '';
  switch (code) {
    case 'reference_ambiguous':
      return `${named} refers to several records of ${resource}: ${values.map(shown).join(', ')}.`;
    case 'reference_missing':
      if (resource !== undefined) {
        const missing = `${named} refers to a record of ${resource} that does not exist: ${values.map(shown).join(', ')}.`;
        return message === undefined ? missing : `${missing} It could not be created: ${message}`;
      }
      return `${named || 'The record'} refers to a record that does not exist${by}.`;
    case 'referenced':
      return `Records of ${table} refer to this record${by}.`;
    case 'duplicate_value':
      return `Another record has the same ${named || 'value'}${by}.`;
    case 'check_violated':
      return constraint ? `The record violates the check ${constraint} of the table.` : sentence(message);
    case 'domain_violated':
      return `${named || 'A value'} violates the check ${constraint} of its type.`;
    case 'missing_value':
      return `${named || 'A value'} must not be blank.`;
    case 'excluded':
      return `The record conflicts with another record${by}.`;
    case 'suppressed':
      return 'A trigger of the table discarded the line.';
    case 'exists':
      return `A record with this ${named} already exists.`;
    case 'not_found':
      return `There is no record with this ${named}.`;
    case 'invalid_value':
      return `${named || 'A value'} does not fit the column: ${sentence(message)}`;
    case 'not_allowed':
    case 'refused':
      return `The table refused the record: ${sentence(message)}`;
  }
}

/** With a full stop: messages of PostgreSQL and of triggers have none. */
function sentence(message = 'no reason given'): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
