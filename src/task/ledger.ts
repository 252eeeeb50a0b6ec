import type { LineError } from './line-reasons.ts';

export interface ErroredLine extends LineError {
  /** 1-based physical line on which the record starts. */
  readonly line: number;
}

/** What became of the lines of one chunk, each list in line order; a line is in exactly one (docs/api/ledger.md "Outcomes"). */
export interface ChunkOutcomes {
  readonly inserted: number[];
  readonly updated: number[];
  readonly deleted: number[];
  readonly skipped: number[];
  readonly errored: ErroredLine[];
}

export type Outcome = keyof ChunkOutcomes;

export interface Counters {
  readonly items: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly skips: number;
  readonly errors: number;
}

/** Errored lines of a chunk that have the same code and column. */
export interface ChunkCause {
  readonly code: string;
  readonly column?: string;
  readonly count: number;
  /** The first `EXAMPLES`, in line order. */
  readonly examples: readonly { readonly line: number; readonly reason: string }[];
}

/** Lines that are shown of a cause. */
export const EXAMPLES = 3;

/** The causes of a chunk's errors, in the order of their first lines. */
export function causesOf(errored: readonly ErroredLine[]): ChunkCause[] {
  const causes = new Map<string, { count: number; examples: { line: number; reason: string }[] } & ChunkCause>();
  for (const { code, column, line, reason } of errored) {
    const key = column === undefined ? code : `${code} ${column}`;
    const cause = causes.get(key) ?? { code, ...(column !== undefined && { column }), count: 0, examples: [] };
    causes.set(key, cause);
    cause.count += 1;
    if (cause.examples.length < EXAMPLES) cause.examples.push({ line, reason });
  }
  return [...causes.values()];
}

export function emptyOutcomes(): ChunkOutcomes {
  return { inserted: [], updated: [], deleted: [], skipped: [], errored: [] };
}

/** The counters of a chunk; `items` is their sum by construction. */
export function count(outcomes: ChunkOutcomes): Counters {
  const inserts = outcomes.inserted.length;
  const updates = outcomes.updated.length;
  const deletes = outcomes.deleted.length;
  const skips = outcomes.skipped.length;
  const errors = outcomes.errored.length;
  return { items: inserts + updates + deletes + skips + errors, inserts, updates, deletes, skips, errors };
}

/** Ascending line numbers as ranges: `[2,3,4,9]` is `"2-4,9"`. */
export function formatLines(lines: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < lines.length; ) {
    const from = lines[i] as number;
    let to = from;
    for (i += 1; i < lines.length && lines[i] === to + 1; i += 1) to += 1;
    ranges.push(from === to ? String(from) : `${from}-${to}`);
  }
  return ranges.join(',');
}

/** The line numbers that `formatLines` wrote, one after the other. */
export function* parseLines(ranges: string): Generator<number> {
  if (ranges === '') return;
  for (const range of ranges.split(',')) {
    const dash = range.indexOf('-');
    const from = Number(dash < 0 ? range : range.slice(0, dash));
    const to = dash < 0 ? from : Number(range.slice(dash + 1));
    for (let line = from; line <= to; line += 1) yield line;
  }
}
