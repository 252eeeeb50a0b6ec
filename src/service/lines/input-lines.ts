import type { Cursor, Reader } from '../../readers/reader.ts';

/** The records of an input, found by their lines, in line order. */
export interface InputLines<Item> {
  /** Goes to the start of a chunk, without reading what lies before where that can be avoided. */
  moveTo(start: Cursor): Promise<void>;
  /** The record that starts on `line`, at or after the last one found. */
  find(line: number): Promise<Item>;
  close(): Promise<void>;
}

/** Little, since it is held as long as somebody reads slowly; more at once is no faster. */
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
  let offset = 0;
  let buffered: Item[] = [];
  let next = 0;

  return {
    async moveTo(start) {
      if (reader && (compressed || offset === start.offset)) return;
      await reader?.close();
      reader = open(start);
      buffered = [];
      next = 0;
    },
    async find(line) {
      for (;;) {
        for (; next < buffered.length; next += 1) {
          const item = buffered[next] as Item;
          if (item.line === line) return item;
        }
        const batch = await (reader as Reader<Item>).read(READ);
        offset = batch.cursor.offset;
        buffered = batch.rows;
        next = 0;
        if (buffered.length === 0 && batch.done) throw new Error(`The file has no record on line ${line} any more.`);
      }
    },
    close: async () => reader?.close(),
  };
}
