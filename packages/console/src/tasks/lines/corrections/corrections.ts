import type { Line } from '../queries.ts';

/** Corrected lines by their numbers: all cells of each. */
export type Corrections = ReadonlyMap<number, readonly string[]>;

/**
 * The cells of a line as they can be corrected: one for each column of the file. A line that has more keeps them, until what is
 * behind the last column is emptied.
 */
export function editableCells({ cells }: Pick<Line, 'cells'>, width: number): readonly string[] {
  return cells.length >= width ? cells : [...cells, ...Array<string>(width - cells.length).fill('')];
}

/** A cell of a line, by its place, as it should be. */
export interface Change {
  readonly index: number;
  readonly value: string;
  /** Columns of the file. */
  readonly width: number;
}

/** With one cell changed. A line that is again as it was is no correction. */
export function correct(
  corrections: Corrections,
  line: Pick<Line, 'line' | 'cells'>,
  { index, value, width }: Change,
): Corrections {
  const original = editableCells(line, width);
  const cells = (corrections.get(line.line) ?? original).with(index, value);
  const next = new Map(corrections);
  if (cells.every((cell, at) => cell === original[at])) next.delete(line.line);
  else next.set(line.line, cells);
  return next;
}

export function undo(corrections: Corrections, line: number): Corrections {
  const next = new Map(corrections);
  next.delete(line);
  return next;
}

/** As the server takes them, in line order; cells behind the last column are left out when they are empty. */
export function rowsOf(corrections: Corrections, width: number): { line: number; cells: string[] }[] {
  return [...corrections]
    .map(([line, cells]) => {
      const last = cells.findLastIndex((cell) => cell !== '');
      return { line, cells: cells.slice(0, Math.max(width, last + 1)) };
    })
    .sort((a, b) => a.line - b.line);
}
