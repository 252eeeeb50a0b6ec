import type { Transaction } from '../../../store/connection/pool.ts';
import { quoteText } from '../../../store/connection/quote.ts';
import type { CopyRows } from '../../../targets/copy-rows.ts';
import type { ImportTarget } from './target.ts';

/** Rows by what the table holds of their keys: indices, ascending. */
export interface Compared {
  readonly fresh: number[];
  /** Rows whose record perhaps says something else. All known rows where the bytes cannot tell. */
  readonly differing: number[];
}

const ZERO = 0x30;
const NINE = 0x39;

/**
 * Reads the records of some rows' keys as the text that COPY would take, and compares it with the rows' own bytes: of a file that
 * comes again most records need nothing more. Text that differs may still mean the same value (a number's trailing zero): whoever
 * writes has the database compare.
 *
 * @param indices rows of different keys
 */
export async function compareKnown(
  tx: Transaction,
  target: ImportTarget,
  rows: CopyRows,
  indices: readonly number[],
  busy: () => void,
): Promise<Compared> {
  // Of open columns a row has only some members.
  const columns = target.override && target.openColumn === undefined ? target.columns : [];
  const found = new Uint8Array(indices.length);
  const differing: number[] = [];
  // The server sends each line by itself (PostgreSQL manual, "Message Flow", "COPY Operations").
  const onLine = (line: Buffer) => {
    let ordinal = 0;
    let at = 0;
    for (; isDigit(line[at]); at += 1) ordinal = ordinal * 10 + (line[at] as number) - ZERO;
    found[ordinal - 1] = 1;
    if (!target.override) return;
    const index = indices[ordinal - 1] as number;
    if (columns.length === 0 || !rows.hasValues(index, line.subarray(at + 1, -1))) differing.push(index);
  };
  tx.send({ text: GIVE_KEYS, values: [JSON.stringify(indices.map((index) => rows.keys[index]))] });
  tx.send({ text: recordsOf(target, columns), onLine });
  const answered = tx.answered();
  busy();
  await answered;
  return { fresh: indices.filter((_, i) => found[i] === 0), differing: differing.sort((a, b) => a - b) };
}

/** COPY takes no parameters, and keys within its text would be copied with each form that PostgreSQL makes of it. */
const GIVE_KEYS = `select from set_config('openbulk.keys', $1, true)`;

/**
 * A line of a record: its row's position among the keys, from 1, and its values. One look into the index of keys for each row, whatever
 * the planner takes the table and the organization for: the rows come first (lateral, and `offset 0` keeps it so), and the organization is
 * no constant, since the planner thinks that one it has not yet counted has no records, and would as soon read them all for each row.
 */
function recordsOf({ resource, organizationId }: ImportTarget, columns: readonly string[]): string {
  const values = columns.map((column) => `, t.${column}`).join('');
  return `copy (select k.n${values}
    from json_array_elements_text(current_setting('openbulk.keys')::json) with ordinality as k (key, n) cross join lateral
      (select ${columns.join(', ')} from ${resource.table} t
        where t.organization_id = (select ${quoteText(organizationId)}::uuid) and t.key = k.key offset 0) t)
    to stdout`;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
