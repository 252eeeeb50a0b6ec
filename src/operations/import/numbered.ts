import type { Row } from '../../readers/reader.ts';
import { DEFAULT_LIMITS, type ReadLimits } from '../../readers/text/limits.ts';
import type { ImportConfig } from '../../task/task.ts';

/** Name of the column that a file of corrected lines begins with. */
export const LINE_COLUMN = 'line';

/**
 * What is read of a file of corrected lines: a record that was read elsewhere takes up to 6 times the bytes there (a NUL character as
 * JSON, quotes around quotes), and must not become too long by that.
 */
export const NUMBERED_LIMITS: Partial<ReadLimits> = { maxRecordBytes: 8 * DEFAULT_LIMITS.maxRecordBytes };

/**
 * A row as one of a file of corrected lines, of which `unnumbered` makes it again. What could not be read stays the error that it was: its
 * number has a mark, and its cells and its error stand behind all columns, so that nobody takes it for a good row.
 *
 * @param width number of columns, without that of the line
 */
export function numbered({ line, cells, error }: Row, width: number): string[] {
  if (!error) return [String(line), ...cells];
  return [`${line}!`, ...new Array<string>(width).fill(''), JSON.stringify({ cells, error })];
}

/**
 * A row of a file of corrected lines as the row that it stands for: its first cell is the line in the file that the family of tasks
 * began with, which is the line that every ledger of the family speaks of. Such files are written by `submit-fixes.ts` and
 * `submit-run.ts` alone.
 */
export function unnumbered(row: Row): Row {
  const [number = ''] = row.cells;
  const line = Number(number);
  if (!Number.isNaN(line)) return { ...row, line, cells: row.cells.slice(1) };
  return { line: Number.parseInt(number, 10), ...JSON.parse(row.cells.at(-1) as string) };
}

/** What is said of lines that were sent with others and left out. */
export function leftOutWarnings({ leftOut = 0, untouched = 0 }: ImportConfig): string[] {
  const said = (count: number, one: string, many: string) =>
    count === 0 ? [] : [count === 1 ? `1 line was left out: ${one}.` : `${count} lines were left out: ${many}.`];
  return [
    ...said(leftOut, 'another task corrects or has corrected it', 'another task corrects or has corrected them'),
    ...said(
      untouched,
      'it could not be read in the original file and is unchanged',
      'they could not be read in the original file and are unchanged',
    ),
  ];
}
