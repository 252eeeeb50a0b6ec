import type { Row } from '../../readers/reader.ts';

/** Name of the column that a file of corrected lines begins with. */
export const LINE_COLUMN = 'line';

/**
 * A row of a file of corrected lines as the row that it corrects: its first cell is the line in the file that the family of tasks
 * began with, which is the line that every ledger of the family speaks of. Such files are written by `submit-fixes.ts` alone.
 */
export function unnumbered(row: Row): Row {
  return { ...row, line: Number(row.cells[0]), cells: row.cells.slice(1) };
}
