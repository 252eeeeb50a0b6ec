import { type Check, type CheckedRow, isLineError } from '../operations/import/check.ts';
import type { Cursor, Row, RowReader } from '../readers/reader.ts';
import type { ErroredLine } from '../task/ledger.ts';
import { failpointLines } from './failpoint.ts';

/** A chunk never holds more source bytes than about this, however long its records are. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Records that were read and checked, and not yet applied. */
export interface Chunk {
  readonly rows: CheckedRow[];
  readonly errored: ErroredLine[];
  readonly start: Cursor;
  /** Line of the last record; 0 when the chunk has none. */
  readonly lastLine: number;
  /** Where the chunk after this one starts. */
  readonly cursor: Cursor;
  readonly consumedBytes: number;
  readonly done: boolean;
}

/** Reads and checks the chunks of a task's input in order. */
export interface Chunks {
  /** Where the chunk that `next` gives starts. */
  readonly cursor: Cursor;
  /** The next chunk, of at most `size` records. With `ahead`, the one after it is read while the caller works on this one. */
  next(size: number, ahead: boolean): Promise<Chunk>;
  close(): Promise<void>;
}

/** @param cursor where `reader` starts */
export function openChunks(reader: RowReader, check: Check, cursor: Cursor): Chunks {
  let start = cursor;
  let position = cursor;
  let prefetched: Promise<Chunk> | undefined;

  async function read(size: number): Promise<Chunk> {
    const from = position;
    const batch = await reader.read({ rows: size, bytes: CHUNK_BYTES });
    position = batch.cursor;
    return {
      ...sort(batch.rows, check),
      start: from,
      cursor: batch.cursor,
      consumedBytes: batch.consumed,
      done: batch.done,
    };
  }

  return {
    get cursor() {
      return start;
    },
    async next(size, ahead) {
      const chunk = await (prefetched ?? read(size));
      prefetched = undefined;
      start = chunk.cursor;
      if (ahead && !chunk.done) {
        prefetched = read(size);
        // Whoever asks for that chunk gets the error; until then nobody waits for it.
        prefetched.catch(() => {});
      }
      return chunk;
    },
    async close() {
      await prefetched?.catch(() => {});
      await reader.close();
    },
  };
}

function sort(rows: readonly Row[], check: Check): Pick<Chunk, 'rows' | 'errored' | 'lastLine'> {
  const lastLine = rows.at(-1)?.line ?? 0;
  failpointLines(rows[0]?.line ?? 0, lastLine);
  const checked: CheckedRow[] = [];
  const errored: ErroredLine[] = [];
  for (const row of rows) {
    const result = check.run(row);
    if (isLineError(result)) errored.push({ line: row.line, ...result });
    else checked.push(result);
  }
  return { rows: checked, errored, lastLine };
}
