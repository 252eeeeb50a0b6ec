import type { Transaction } from '../../store/connection/pool.ts';
import { type RecordSet, readRecords } from '../../store/records/record-pages.ts';
import type { TaskCursor } from '../../task/task.ts';
import { lookInTime, Reach } from '../reach.ts';
import type { RecordsPlace } from '../records-place.ts';
import type { RecordFormat } from './format.ts';

/** Records read at once: at first, and at most. */
const FIRST_ROWS = 100;
const MOST_ROWS = 1_000;
/** What is read for a part is read in so long, ms, unless a single statement takes longer. */
const PART_MILLISECONDS = 500;

/** The records of an export, and what reading them has taught. */
export interface Pages {
  readonly place: RecordsPlace;
  readonly set: RecordSet;
  /** The last record that may be one. */
  readonly last: string;
  readonly format: RecordFormat;
  readonly reach: Reach;
  /** Records that fit into a page. */
  fitting: number;
}

export function openPages(given: Omit<Pages, 'reach' | 'fitting'>): Pages {
  return { ...given, reach: new Reach(FIRST_ROWS), fitting: FIRST_ROWS };
}

/** Records as they are written. */
export interface Piece {
  readonly bytes: Buffer;
  /** Behind the last record that was looked at: `after` is its id, and `last` when none follows. */
  readonly cursor: TaskCursor;
}

/** At most `size` records from the cursor on, page by page, as many as there is time for. Some pieces may be empty. */
export async function* readPieces(pages: Pages, from: TaskCursor, size: number): AsyncGenerator<Piece> {
  const { place, set, last, format, reach } = pages;
  const end = performance.now() + PART_MILLISECONDS;
  let cursor = from;
  do {
    const { after } = cursor;
    const limit = Math.min(pages.fitting, from.offset + size - cursor.offset);
    const look = (tx: Transaction, records: number) => readRecords(tx, set, { after, last, reach: records, limit });
    const page = await place.read((db) => lookInTime(db, reach, look));
    const { records, exhausted, full } = page;
    const offset = cursor.offset + records.length;
    const bytes = Buffer.from(format.write(records, cursor.offset));
    cursor = { offset, line: offset, after: exhausted ? last : (page.reached ?? last) };
    yield { bytes, cursor };
    // Of large records fewer fit, and PostgreSQL should not read many that it does not give.
    if (full) pages.fitting = Math.min(Math.ceil(records.length * (full === 'size' ? 1.25 : 2)), MOST_ROWS);
    if (full) reach.isEnough(2 * pages.fitting);
  } while (cursor.after !== last && cursor.offset < from.offset + size && performance.now() < end);
}
