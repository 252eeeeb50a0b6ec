/** What makes a spreadsheet take a cell for a formula (OWASP "CSV Injection"), with the full-width forms that some fold into it. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:e[+-]?\d+)?$/i;

/** A cell that a spreadsheet shows and never runs: what looks like a formula gets an apostrophe, unless it is a plain number. */
export function spreadsheetCell(cell: string): string {
  return FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
}

/** The cell that `spreadsheetCell` made another one of. */
export function fromSpreadsheetCell(cell: string): string {
  return cell.startsWith("'") && spreadsheetCell(cell.slice(1)) === cell ? cell.slice(1) : cell;
}
