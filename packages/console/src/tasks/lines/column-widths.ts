import type { Line } from './queries.ts';

/** Narrowest and widest column, in characters. */
const LEAST = 8;
const MOST = 32;

/** For the space beside a text and its bold letters, in characters. */
const SPARE = 4;

/**
 * Widths of the columns of a file, in characters, after its header and some of its lines: they do not change as one scrolls.
 *
 * @param beyond the header of cells that are more than the file has columns
 */
export function columnWidths(
  header: readonly string[],
  lines: readonly Pick<Line, 'cells'>[],
  beyond: string,
): number[] {
  const columns = lines.reduce((most, { cells }) => Math.max(most, cells.length), header.length);
  return Array.from({ length: columns }, (_, index) => {
    const longest = lines.reduce(
      (most, { cells }) => Math.max(most, cells[index]?.length ?? 0),
      (header[index] ?? beyond).length,
    );
    return Math.min(MOST, Math.max(LEAST, longest + SPARE));
  });
}
