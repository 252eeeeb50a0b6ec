import type { Cursor, Reader } from '../../readers/reader.ts';

/** A line, and where in the input its chunk starts. */
export interface LinePlace {
  readonly line: number;
  readonly start: Cursor;
}

/** The records of an input, found by their lines, in line order. */
export interface InputLines<Item> {
  /** The record on a line, which is the last one found or behind it. What lies before its chunk is not read where that can be avoided. */
  find(place: LinePlace): Promise<Item>;
  close(): Promise<void>;
}

/** Small, since it stays in memory while a slow client reads; more at once is no faster. */
const READ = { rows: 200, bytes: 128 * 1024 };

/**
 * Opens an input to look up lines of it. Holds one buffer of it.
 *
 * @param open opens a reader where a record starts
 * @param compressed what is compressed can only be read from its start: there, going on is the shorter way
 */
export function openLines<Item extends { readonly line: number }>(
  open: (cursor: Cursor) => Reader<Item>,
  compressed: boolean,
): InputLines<Item> {
  let reader: Reader<Item> | undefined;
  let chunk: number | undefined;
  let offset = 0;
  let buffered: Item[] = [];
  let next = 0;

  async function moveTo(start: Cursor): Promise<Reader<Item>> {
    if (reader && (compressed || chunk === start.offset || offset === start.offset)) return reader;
    await reader?.close();
    buffered = [];
    next = 0;
    reader = open(start);
    return reader;
  }

  return {
    async find({ line, start }) {
      const reading = await moveTo(start);
      chunk = start.offset;
      for (;;) {
        for (; next < buffered.length; next += 1) {
          const item = buffered[next] as Item;
          if (item.line === line) return item;
        }
        const batch = await reading.read(READ);
        offset = batch.cursor.offset;
        buffered = batch.rows;
        next = 0;
        if (buffered.length === 0 && batch.done) throw new Error(`The file no longer has a record on line ${line}.`);
      }
    },
    close: async () => reader?.close(),
  };
}
