import type { TextWindow } from '../text/window.ts';
import { type Delimiter, RecordScanner } from './scan.ts';

/** All that are read, in the order that decides between equals. */
export const DELIMITERS: readonly Delimiter[] = [',', ';', '\t', '|'];

/** Whether that character is one that is read as a delimiter. */
export function isDelimiter(character: string): character is Delimiter {
  return (DELIMITERS as readonly string[]).includes(character);
}

const SAMPLE_RECORDS = 100;
/** What a record counts that has blank cells too many, or lacks its last ones. */
const ROUGHLY = 0.5;

/**
 * Which delimiter separates the window's records. Each is tried on the first 100: the header's count of columns, times the
 * share of records that have that count too, says how well it explains them. One column of anything is a comma's file.
 * @param start position of the header in the window
 */
export function sniffDelimiter(window: TextWindow, start: number): Delimiter {
  let best: Delimiter = ',';
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const score = scored(window, start, delimiter);
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}

function scored(window: TextWindow, start: number, delimiter: Delimiter): number {
  const scanner = new RecordScanner(window, delimiter, [], 1);
  scanner.at = start;
  let columns = 0;
  let records = 0;
  let agreeing = 0;
  while (records < SAMPLE_RECORDS && scanner.skipBlankLines() && scanner.at < window.length && scanner.scan()) {
    if (records === 0) columns = scanner.cells.length;
    records++;
    // A wrong delimiter leaves quotes in the middle of cells.
    if (scanner.fault?.code !== 'invalid_quoting') agreeing += agreement(scanner.cells, columns);
  }
  return records === 0 ? 0 : (columns - 1) * (agreeing / records);
}

function agreement(cells: readonly string[], columns: number): number {
  if (cells.length === columns) return 1;
  const filled = 1 + cells.findLastIndex((cell) => cell.trim() !== '');
  return filled <= columns ? ROUGHLY : 0;
}
