import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** Where figures go, and `docs/performance.md` takes them from. */
export const RESULTS = process.env.BENCH_RESULTS ?? join(import.meta.dirname, '../results');

/** One line of a bench's table: what was measured, over what, and the goal. */
export interface Result {
  readonly what: string;
  /** Medians, with their unit, such as `8.1 s`. */
  readonly ours: string;
  readonly floor: string;
  /** Ours over the floor's, or as `what` says. */
  readonly ratio: number;
  /** Such as `≤ 0.8`; it decides whether the goal is met. `–` if there is none. */
  readonly goal: string;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The value that a share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] as number;
}

function isMet({ ratio, goal }: Result): boolean {
  const [sign, bound] = goal.split(' ');
  return sign === '≤' ? ratio <= Number(bound) : ratio >= Number(bound);
}

/** A bench's results as a Markdown table. */
export function toTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.what,
    result.ours,
    result.floor,
    result.ratio.toFixed(2),
    result.goal,
    result.goal === '–' ? '–' : isMet(result) ? 'yes' : 'no',
  ]);
  const table = [['what', 'OpenBulk', 'floor', 'ratio', 'goal', 'met'], ...rows];
  const widths = (table[0] as string[]).map((_, column) =>
    Math.max(...table.map((row) => (row[column] as string).length)),
  );
  const lines = table.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`,
  );
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

/** What a bench found, as its file holds it. */
export interface Report {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly results: readonly Result[];
  readonly details: unknown;
}

/** Prints a table to stdout and writes the figures to `bench/results/<name>.json`. */
export function report(
  name: string,
  environment: Record<string, unknown>,
  results: readonly Result[],
  details: object,
): void {
  console.log(toTable(results));
  mkdirSync(RESULTS, { recursive: true });
  const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version, ...environment };
  const found: Report = { machine, results, details };
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(found, null, 2)}\n`);
}

/** Tells on stderr what is being done. */
export function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}
