import type { Line } from './queries.ts';

/** Narrowest and widest column, in characters; what is corrected has more room. */
const LEAST = { shown: 8, corrected: 16 };
const MOST = 32;

/** Widths of the columns of a file, in characters, after its header and some of its lines: they do not change as one scrolls. */
export function columnWidths(
  header: readonly string[],
  lines: readonly Pick<Line, 'cells'>[],
  use: keyof typeof LEAST,
): number[] {
  const columns = lines.reduce((most, { cells }) => Math.max(most, cells.length), header.length);
  return Array.from({ length: columns }, (_, index) => {
    const longest = lines.reduce(
      (most, { cells }) => Math.max(most, cells[index]?.length ?? 0),
      header[index]?.length ?? 0,
    );
    return Math.min(MOST, Math.max(LEAST[use], longest + 2));
  });
}
