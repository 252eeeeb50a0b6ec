/**
 * Cells that a spreadsheet shows and never runs (OWASP "CSV Injection"): a mark, an apostrophe, stands before whatever a program could take
 * for a formula, at the beginning of the cell, and inside it where one that separates cells by semicolons or tabs would see another cell
 * begin. Plain numbers have none. What has apostrophes there already gets one more, so that each cell comes back from its mark exactly.
 */
const BEGINNING = String.raw`(?<=^|[;\t\r\n])`;
const END = String.raw`(?=$|[;\t\r\n])`;
const NUMBER = String.raw`[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:e[+-]?\d+)?`;
/** Also the full-width signs that some programs fold into those of formulas, and what some skip before them. */
const FORMULA = String.raw`(?!'*${NUMBER}${END})'*"*[=+\-@＝＋－＠]|(?<=^'?)'*[\t\r\n]`;
const UNMARKED = new RegExp(`${BEGINNING}(?=${FORMULA})`, 'gi');
const MARKED = new RegExp(`${BEGINNING}'(?=${FORMULA})`, 'gi');

/** A cell as it stands in a report. */
export function spreadsheetCell(cell: string): string {
  return cell.replace(UNMARKED, "'");
}

/** The cell of which `spreadsheetCell` made this one. */
export function fromSpreadsheetCell(cell: string): string {
  return cell.replace(MARKED, '');
}
