import { type LineError, shown } from '../task/errors.ts';
import { findJsonFault } from '../task/json/json-fault.ts';
import { shownBytes } from './text/limits.ts';

/** The header's names, to name a column by. */
export type Names = readonly string[];

/** Something between a cell's closing quote and the next delimiter: `"x"y`. */
export function textAfterQuote(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_quoting',
    reason:
      `${titled(names, index)} goes on after its closing quote, ${shown(cell)}: ` +
      'double every quote inside a quoted value, or remove the quotes around it.',
  };
}

/** A quote in a cell that does not begin with one: `5" pipe`. */
export function quoteInside(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_quoting',
    reason:
      `${titled(names, index)} has a quote inside a value that does not begin with one, ${shown(cell)}: ` +
      'put the whole value in quotes and double every quote inside it.',
  };
}

/** @param line on which the quote stands */
export function neverClosed(names: Names, index: number, line: number): LineError {
  return {
    code: 'invalid_quoting',
    reason:
      `${titled(names, index)} begins with a quote on line ${line} that is never closed, so everything after it ` +
      'became one value: close the quote there.',
  };
}

export function badEncoding(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_encoding',
    reason:
      `${titled(names, index)} holds bytes that are not text in the file's encoding, ${shown(cell)}: ` +
      'save the file as UTF-8, or declare its charset.',
  };
}

/** U+0000, which PostgreSQL's text cannot hold. */
export function nulCharacter(names: Names, index: number, cell: string): LineError {
  return {
    code: 'invalid_encoding',
    reason: `${titled(names, index)} holds a NUL character (U+0000), which cannot be stored, ${shown(cell)}: remove it.`,
  };
}

export function raggedRow(expected: number, found: number): LineError {
  const hint =
    found > expected
      ? 'a value that holds the delimiter must stand in quotes.'
      : 'an empty value needs its delimiter too (or allow short rows, if it is always the last cells that are missing).';
  return { code: 'ragged_row', reason: `The header has ${counted(expected)}, this row has ${counted(found)}: ${hint}` };
}

/** @param unclosedOn line of a quote that was still open at the end of the file, the likely cause */
export function rowTooLarge(maxBytes: number, unclosedOn: number | undefined): LineError {
  const cause =
    unclosedOn === undefined
      ? 'is a quote missing, or is the value meant for a file of its own?'
      : `the quote that begins a value on line ${unclosedOn} is never closed.`;
  return {
    code: 'row_too_large',
    reason: `The row is longer than ${shownBytes(maxBytes)}, the most that is read: ${cause}`,
  };
}

/** @param line of a file of JSON lines, which is no JSON */
export function invalidJson(line: string): LineError {
  const fault = findJsonFault(line);
  const where = fault ? `at column ${fault.at + 1} ${fault.what}` : 'it is too large to be read';
  return { code: 'invalid_json', reason: `The line is not JSON: ${where}; found ${shown(line)}.` };
}

export function jsonTooLarge(maxBytes: number): LineError {
  return {
    code: 'row_too_large',
    reason: `The line is longer than ${shownBytes(maxBytes)}, the most that is read: is every value on a line of its own?`,
  };
}

export function lineBadEncoding(line: string): LineError {
  return {
    code: 'invalid_encoding',
    reason: `The line holds bytes that are not UTF-8, which JSON is written in: ${shown(line)}.`,
  };
}

/** @param what as the object of "holds" */
export function notStorable(code: 'invalid_json' | 'invalid_encoding', what: string, line: string): LineError {
  return { code, reason: `The line holds ${what} that cannot be stored: ${shown(line)}.` };
}

function titled(names: Names, index: number): string {
  const name = names[index];
  return name === undefined || name === '' ? `Column ${index + 1}` : `Column ${index + 1} (${shown(name)})`;
}

function counted(cells: number): string {
  return cells === 1 ? '1 cell' : `${cells} cells`;
}
