import type { Row } from '../../readers/reader.ts';
import type { ImportConfig } from '../../task/task.ts';

/** Name of the column that a file of corrected lines begins with. */
export const LINE_COLUMN = 'line';

/**
 * A row of a file of corrected lines as the row that it corrects: its first cell is the line in the file that the family of tasks
 * began with, which is the line that every ledger of the family speaks of. Such files are written by `submit-fixes.ts` alone.
 */
export function unnumbered(row: Row): Row {
  return { ...row, line: Number(row.cells[0]), cells: row.cells.slice(1) };
}

/** What is said of lines that were sent again among others. */
export function leftOutWarning({ leftOut = 0 }: ImportConfig): string[] {
  if (leftOut === 0) return [];
  return [
    `${leftOut === 1 ? '1 line was' : `${leftOut} lines were`} left out: another task has corrected or corrects them.`,
  ];
}
