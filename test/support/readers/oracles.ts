import { parse } from 'csv-parse/sync';
import type { Delimiter } from '../../../src/readers/csv/scan.ts';
import type { Row } from '../../../src/readers/reader.ts';
import type { LineErrorCode } from '../../../src/task/line-reasons.ts';

const linesIn = (text: string) => text.match(/\r\n|\r|\n/g)?.length ?? 0;

/** Whether what a record is written as says nothing: blanks and delimiters. */
const isBlank = (text: string, delimiter: Delimiter) => [...text].every((char) => ` \t${delimiter}`.includes(char));

/** A record's cells without the blank ones behind the last column. */
function cut(cells: string[], columns: number): string[] {
  const filled = 1 + cells.findLastIndex((cell) => cell.trim() !== '');
  return cells.slice(0, Math.max(columns, filled));
}

/**
 * What csv-parse, strict, makes of a text: its records and the lines they start on, without blank ones, and blank cells behind
 * the last column. Undefined if it refuses it.
 */
export function oracle(
  text: string,
  delimiter: Delimiter,
  columns = 2,
): { line: number; cells: string[] }[] | undefined {
  const bytes = Buffer.from(text);
  let end = 0;
  try {
    const found = parse(bytes, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as unknown as { record: string[]; info: { bytes: number } }[];
    return found.flatMap(({ record, info }) => {
      const blank = /^[\r\n]*/.exec(bytes.toString('latin1', end))?.[0].length ?? 0;
      const line = 1 + linesIn(bytes.toString('latin1', 0, end + blank));
      const written = bytes.toString('utf8', end + blank, info.bytes).replace(/[\r\n]*$/, '');
      end = info.bytes;
      return isBlank(written, delimiter) ? [] : [{ line, cells: cut(record, columns) }];
    });
  } catch {
    return undefined;
  }
}

interface Expected extends Row {
  readonly code?: LineErrorCode | undefined;
  /** The record's length in bytes of UTF-8, without its line end. */
  readonly bytes: number;
}

/** The rules once more, on strings and slow, for what csv-parse refuses. */
export function reference(text: string, delimiter: Delimiter, columns: number): Expected[] {
  const rows: Expected[] = [];
  for (let start = 0; start < text.length; ) {
    const blank = matched('\r\n|\r|\n', text, start);
    if (blank !== undefined) {
      start += blank.length;
      continue;
    }
    const { cells: all, broken, end } = record(text, start, delimiter);
    const cells = broken ? all : cut(all, columns);
    const ragged = cells.length === columns ? undefined : 'ragged_row';
    if (!isBlank(text.slice(start, end), delimiter))
      rows.push({
        line: 1 + linesIn(text.slice(0, start)),
        cells,
        code: broken ? 'invalid_quoting' : ragged,
        bytes: Buffer.byteLength(text.slice(start, end)),
      });
    start = end + (matched('\r\n|\r|\n', text, end)?.length ?? 0);
  }
  return rows;
}

function record(text: string, start: number, delimiter: Delimiter): { cells: string[]; broken: boolean; end: number } {
  const cells: string[] = [];
  const d = delimiter === '|' ? '\\|' : delimiter;
  const behind = `(?=${d}|[\r\n]|$)`;
  for (let at = start; ; at++) {
    const cell = matched(`(?:"(?:[^"]|"")*"(?!")|="(?:[^"\r\n]|"")*"(?!")|[^"${d}\r\n]*)${behind}`, text, at);
    if (cell === undefined) {
      const rest = damaged(text, at, delimiter);
      return { cells: [...cells, ...rest.cells], broken: true, end: at + rest.length };
    }
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    at += cell.length;
    if (text[at] !== delimiter) return { cells, broken: false, end: at };
  }
}

/** A cell with bad quoting and what follows it: to the end of the text if never closed, else to the end of the line. */
function damaged(text: string, at: number, delimiter: Delimiter): { cells: string[]; length: number } {
  const open = matched('"(?:[^"]|"")*$', text, at);
  if (open !== undefined) return { cells: [open], length: open.length };
  const quoted = matched('"(?:[^"]|"")*"(?!")', text, at) ?? '';
  const rest = matched('[^\r\n]*', text, at + quoted.length) ?? '';
  const [first = '', ...others] = rest.split(delimiter);
  return { cells: [quoted + first, ...others], length: quoted.length + rest.length };
}

/** What a regular expression finds exactly at a position. */
function matched(pattern: string, text: string, at: number): string | undefined {
  const sticky = new RegExp(pattern, 'y');
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}
