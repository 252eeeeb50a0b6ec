import type { Line } from '../queries.ts';

/** Narrowest and widest column, in characters; what is corrected has more room. */
const LEAST = { shown: 8, corrected: 16 };
const MOST = 32;
/** For the space beside a text and its bold letters, in characters. */
const SPARE = 4;

interface Columns {
  readonly header: readonly string[];
  /** What heads cells that are more than the file has columns. */
  readonly beyond: string;
  readonly use: keyof typeof LEAST;
}

/** Widths of the columns of a file, in characters, after its header and some of its lines: they do not change as one scrolls. */
export function columnWidths({ header, beyond, use }: Columns, lines: readonly Pick<Line, 'cells'>[]): number[] {
  const columns = lines.reduce((most, { cells }) => Math.max(most, cells.length), header.length);
  return Array.from({ length: columns }, (_, index) => {
    const longest = lines.reduce(
      (most, { cells }) => Math.max(most, cells[index]?.length ?? 0),
      (header[index] ?? beyond).length,
    );
    return Math.min(MOST, Math.max(LEAST[use], longest + SPARE));
  });
}
