import { to as copyTo } from 'pg-copy-streams';
import type { Transaction } from '../../store/pool.ts';
import type { Target } from './apply.ts';
import type { CopyRows } from './copy-rows.ts';

/** Rows by what the table holds of their keys: indices, ascending. */
export interface Compared {
  readonly fresh: number[];
  /** Rows whose record perhaps says something else. All known rows where the bytes cannot tell. */
  readonly differing: number[];
}

const TAB = 0x09;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/**
 * Reads the records of some rows' keys as the text that COPY would take, and compares it with the rows' own bytes: of a file that
 * comes again most records need nothing more. Text that differs may still mean the same value (a number's trailing zero): whoever
 * writes has the database compare.
 *
 * @param indices rows of different keys
 */
export async function compareKnown(
  tx: Transaction,
  target: Target,
  rows: CopyRows,
  indices: readonly number[],
  busy: () => void,
): Promise<Compared> {
  // Of open columns a row has only some members.
  const columns = target.override && target.openColumn === undefined ? target.columns : [];
  const stream = tx.query(copyTo(recordsOf(tx, target, columns, indices, rows.keys)));
  busy();
  const found = new Uint8Array(indices.length);
  const differing: number[] = [];
  for await (const line of lines(stream)) {
    const { ordinal, end } = ordinalOf(line);
    const index = indices[ordinal - 1] as number;
    found[ordinal - 1] = 1;
    const same = columns.length > 0 && rows.hasValues(index, line.subarray(end + 1));
    if (target.override && !same) differing.push(index);
  }
  return { fresh: indices.filter((_, i) => found[i] === 0), differing: differing.sort((a, b) => a - b) };
}

/** COPY takes no parameters. */
function recordsOf(
  tx: Transaction,
  { resource, organizationId }: Target,
  columns: readonly string[],
  indices: readonly number[],
  keys: readonly string[],
): string {
  const elements = indices.map((index) => `"${(keys[index] as string).replace(/["\\]/g, '\\$&')}"`);
  const values = columns.map((column) => `, t.${column}`).join('');
  return `copy (select k.n${values} from unnest(${tx.escapeLiteral(`{${elements.join()}}`)}::text[]) with ordinality as k (key, n)
    join ${resource.table} t on t.organization_id = ${tx.escapeLiteral(organizationId)} and t.key = k.key) to stdout`;
}

/** The lines of a stream of COPY's text, without their ends. */
async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer | undefined;
  for await (const piece of stream) {
    const bytes: Buffer = rest ? Buffer.concat([rest, piece]) : piece;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = start < bytes.length ? bytes.subarray(start) : undefined;
  }
}

/** The number that a line starts with, and where it ends. */
function ordinalOf(line: Buffer): { ordinal: number; end: number } {
  let ordinal = 0;
  let end = 0;
  for (; end < line.length && line[end] !== TAB; end += 1) ordinal = ordinal * 10 + (line[end] as number) - ZERO;
  return { ordinal, end };
}
