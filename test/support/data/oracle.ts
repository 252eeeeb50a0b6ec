import fc from 'fast-check';
import type { BlankCells, ImportMode } from '../../../src/task/task.ts';

/** One line of a generated file of inventory items. */
export interface OracleRow {
  readonly name: string;
  readonly type: string;
  readonly serial: string;
  readonly foreign: string;
  readonly price: string;
  /** Cells that are missing at the end. */
  readonly ragged: boolean;
}

export interface OracleFile {
  readonly rows: readonly OracleRow[];
  /** Whether the file has the price column. */
  readonly priced: boolean;
  readonly how: { readonly override: boolean; readonly mode?: ImportMode; readonly blankCells?: BlankCells };
}

export interface Ledger {
  readonly inserted: number[];
  readonly updated: number[];
  readonly deleted: number[];
  readonly skipped: number[];
  /** Line and code. */
  readonly errored: [number, string][];
}

export type Records = Map<
  string,
  { name: string; type: string; serial: string | null; foreign: string | null; price: string | null }
>;

// Few values, so that keys repeat and lines change nothing; names with quotes and line breaks, so that lines are not rows.
export const rowArbitrary: fc.Arbitrary<OracleRow> = fc.record({
  name: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('A', 'B', 'a "quoted" name', 'two\nlines', 'tab\tand \\ slash', 'ñ€😀') },
    { weight: 1, arbitrary: fc.constant(' ') },
  ),
  type: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('laptop', 'phone') },
    { weight: 1, arbitrary: fc.constant('') },
  ),
  serial: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }).map((n) => `S${n}`) },
    { weight: 2, arbitrary: fc.constant('') },
  ),
  foreign: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }).map((n) => `F${n}`) },
    { weight: 2, arbitrary: fc.constant('') },
  ),
  price: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('', '1', '1.0', '01', '2.50') },
    { weight: 1, arbitrary: fc.constant('much') },
  ),
  ragged: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
});

export const fileArbitrary: fc.Arbitrary<OracleFile> = fc.record({
  rows: fc.array(rowArbitrary, { maxLength: 60, size: 'max' }),
  priced: fc.boolean(),
  how: fc.constantFrom(
    { override: false },
    { override: true },
    { override: false, mode: 'insert' },
    { override: true, mode: 'update' },
    { override: true, blankCells: 'keep' },
    { override: true, mode: 'update', blankCells: 'keep' },
    { override: false, mode: 'delete' },
  ),
});

/** The file as CSV. */
export function toCsv({ rows, priced }: OracleFile): string {
  const header = [
    'identifiers.serialNumber',
    'basic.name',
    'basic.type',
    'identifiers.foreignId',
    ...(priced ? ['purchase.pricing'] : []),
  ];
  const lines = rows.map((row) =>
    writtenCells(row, { priced })
      .map((cell) => (/["\n,]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
      .join(','),
  );
  return `${[header.join(','), ...lines].join('\n')}\n`;
}

/** The cells of a row, in the order of the header. */
export function cellsOf(row: OracleRow, { priced }: Pick<OracleFile, 'priced'>): string[] {
  return [row.serial, row.name, row.type, row.foreign, ...(priced ? [row.price] : [])];
}

/** The cells of a row that the file has: a ragged one lacks the last. */
function writtenCells(row: OracleRow, file: Pick<OracleFile, 'priced'>): string[] {
  const cells = cellsOf(row, file);
  return row.ragged ? cells.slice(0, -1) : cells;
}

/** What becomes of the file (docs/api/ledger.md "Outcomes"): its lines one at a time, in file order, on a plain map. Changes `records`. */
export function processSerially(file: OracleFile, records: Records): Ledger {
  const ledger: Ledger = { inserted: [], updated: [], deleted: [], skipped: [], errored: [] };
  let line = 2;
  for (const row of file.rows) {
    const code = errorOf(row, file);
    // A line of nothing but delimiters and blanks is no data line.
    const blank = writtenCells(row, file).every((cell) => /^[ \t]*$/.test(cell));
    const outcome = code ?? (blank ? undefined : processRow(row, file, records));
    if (outcome !== undefined && isApplied(outcome)) ledger[outcome].push(line);
    else if (outcome && !blank) ledger.errored.push([line, outcome]);
    line += 1 + (row.name.match(/\n/g)?.length ?? 0);
  }
  return ledger;
}

function isApplied(outcome: string): outcome is Exclude<keyof Ledger, 'errored'> {
  return ['inserted', 'updated', 'deleted', 'skipped'].includes(outcome);
}

function errorOf(row: OracleRow, file: OracleFile): string | undefined {
  if (row.ragged) return 'ragged_row';
  // Only the key is looked at.
  if (file.how.mode === 'delete') return row.serial === '' && row.foreign === '' ? 'missing_key' : undefined;
  const { mode, blankCells } = file.how;
  // A record that is there has them.
  const needed = !(mode === 'update' && blankCells === 'keep');
  if (needed && (row.name.trim() === '' || row.type === '')) return 'required';
  if (file.priced && row.price === 'much') return 'invalid_value';
  return row.serial === '' && row.foreign === '' ? 'missing_key' : undefined;
}

type Processed = Exclude<keyof Ledger, 'errored'> | 'exists' | 'not_found';

function processRow(row: OracleRow, file: OracleFile, records: Records): Processed {
  const key = row.serial === '' ? `identifiers.foreignId:${row.foreign}` : `identifiers.serialNumber:${row.serial}`;
  const before = records.get(key);
  const { mode, override } = file.how;
  if (mode === 'delete') return records.delete(key) ? 'deleted' : 'not_found';
  if (mode === 'update' && !before) return 'not_found';
  if (before && !override) return mode === 'insert' ? 'exists' : 'skipped';
  const kept = file.how.blankCells === 'keep' ? before : undefined;
  const price = row.price === '' ? (kept?.price ?? null) : String(Number(row.price));
  const after = {
    name: row.name.trim() === '' && kept ? kept.name : row.name,
    type: row.type === '' && kept ? kept.type : row.type,
    serial: row.serial || (kept?.serial ?? null),
    foreign: row.foreign || (kept?.foreign ?? null),
    price: file.priced ? price : (before?.price ?? null),
  };
  if (before && JSON.stringify(before) === JSON.stringify(after)) return 'skipped';
  records.set(key, after);
  return before ? 'updated' : 'inserted';
}
