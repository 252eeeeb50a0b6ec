import type { Batch, ByteSource, Cursor, Reader } from '../reader.ts';
import type { ReadLimits } from './limits.ts';
import { openText, type Packing } from './open-text.ts';
import { TextWindow } from './window.ts';

/** Where in the window the next record starts, and its 1-based line. */
export interface TextPosition {
  at: number;
  line: number;
}

/** What `TextReader.scan` says of what looks like a record and is none. */
export const NO_RECORD = Symbol('no record');

/**
 * Reads records in batches, in constant memory; what a record is, a format says by the abstract members. A record that the
 * window cuts is looked at again from its start once the window has more, so there is no state to carry over an edge.
 */
export abstract class TextReader<R> implements Reader<R> {
  protected readonly window: TextWindow;
  protected readonly limits: ReadLimits;
  protected abstract readonly place: TextPosition;
  readonly #size: number;
  readonly #compressed: boolean;
  /** `Batch.repeatedHeader` of the batch that is being read. */
  protected repeatedHeader: number | undefined;
  #compressedRead = 0;

  constructor(source: ByteSource, packing: Packing, cursor: Cursor, limits: ReadLimits) {
    this.limits = limits;
    this.#size = source.size;
    this.#compressed = packing.compression === 'gzip';
    const text = openText(source, packing, cursor.offset, limits, (bytes) => {
      this.#compressedRead += bytes;
    });
    this.window = new TextWindow(text, packing.encoding, cursor.offset, limits.windowBytes);
  }

  /** Goes to the next record or the end of the text. False: the window must first slide. */
  protected abstract skipBlankLines(): boolean;

  /** Takes the record at the place and goes behind it; `undefined`: the window cuts it and must first slide. */
  protected abstract scan(): R | typeof NO_RECORD | undefined;

  /** Goes behind a record that is too long for the window, keeping nothing of it; `undefined`: it was none after all. */
  protected abstract skip(): Promise<R | undefined>;

  async read(limit: { readonly rows: number; readonly bytes: number }): Promise<Batch<R>> {
    this.window.assertSound();
    const rows: R[] = [];
    this.repeatedHeader = undefined;
    const end = this.#offset() + limit.bytes;
    while (!this.#scanWindow(rows, limit.rows, end)) {
      if (this.isTooLarge(this.window.length - this.place.at - 1)) {
        const skipped = await this.skip();
        if (skipped) rows.push(skipped);
      } else {
        await this.window.slide(this.place.at);
        this.place.at = 0;
      }
    }
    const done = this.window.ended && this.place.at === this.window.length;
    const cursor = { offset: this.#offset(), line: this.place.line };
    const { repeatedHeader } = this;
    const batch = { rows, cursor, consumed: this.#consumed(cursor, done), done };
    return repeatedHeader === undefined ? batch : { ...batch, repeatedHeader };
  }

  async close(): Promise<void> {
    await this.window.close();
  }

  /** @param size of a record in bytes, without its line end */
  protected isTooLarge(size: number): boolean {
    return size > this.limits.maxRecordBytes;
  }

  /**
   * Adds the window's records to `rows`, to the limit and at least one.
   * @returns whether the batch is complete; if not, a record or the blank lines before it go on behind the window
   */
  #scanWindow(rows: R[], maxRows: number, end: number): boolean {
    // Blank lines first: so the cursor stands on a record, and `done` is known with the last row.
    while (this.skipBlankLines()) {
      if (this.place.at === this.window.length) return true;
      if (rows.length > 0 && (rows.length >= maxRows || this.#offset() >= end)) return true;
      const row = this.scan();
      if (row === undefined) return false;
      if (row !== NO_RECORD) rows.push(row);
    }
    return false;
  }

  #offset(): number {
    return this.window.offsetOf(this.place.at);
  }

  #consumed(cursor: Cursor, done: boolean): number {
    return done ? this.#size : Math.min(this.#size, this.#compressed ? this.#compressedRead : cursor.offset);
  }
}
