import { fromSpreadsheetCell } from '../../files/spreadsheet-cell.ts';
import type { Row } from '../../readers/reader.ts';
import type { ReadLimits } from '../../readers/text/limits.ts';
import { isReport } from '../../task/report-columns.ts';
import { NUMBERED_LIMITS, unnumbered } from './numbered.ts';

/** What an import makes of its file before anything looks at it. */
export interface FileRows {
  /** The columns of the file. */
  readonly header: readonly string[];
  /** Whether the file is a report of ours, whose cells have marks. */
  readonly report: boolean;
  /** What is read of it. */
  readonly limits?: Partial<ReadLimits>;
  convert(row: Row): Row;
}

/** @param header as it was read @param numbered whether it is a file of corrected lines */
export function fileRows(header: readonly string[], numbered: boolean): FileRows {
  if (numbered) return { header: header.slice(1), report: false, limits: NUMBERED_LIMITS, convert: unnumbered };
  if (!isReport(header)) return { header, report: false, convert: (row) => row };
  return {
    header: header.map(fromSpreadsheetCell),
    report: true,
    convert: (row) => ({ ...row, cells: row.cells.map(fromSpreadsheetCell) }),
  };
}
