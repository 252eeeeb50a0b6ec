import { fromSpreadsheetCell } from '../../files/spreadsheet-cell.ts';
import type { Row } from '../../readers/reader.ts';
import { isReport } from '../../task/report-columns.ts';
import { unnumbered } from './numbered.ts';

/** What an import makes of its file before anything looks at it. */
export interface FileRows {
  /** The columns of the file. */
  readonly header: readonly string[];
  /** Whether the file is a report of ours, whose cells have marks. */
  readonly report: boolean;
  convert(row: Row): Row;
}

/** @param header as it was read @param numbered whether it is a file of corrected lines */
export function fileRows(header: readonly string[], numbered: boolean): FileRows {
  if (numbered) return { header: header.slice(1), report: false, convert: unnumbered };
  if (!isReport(header)) return { header, report: false, convert: (row) => row };
  return {
    header: header.map(fromSpreadsheetCell),
    report: true,
    convert: (row) => ({ ...row, cells: row.cells.map(fromSpreadsheetCell) }),
  };
}
