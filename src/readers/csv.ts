import type { LineError } from '../task/errors.ts';
import type { CsvFormat } from './describe-csv.ts';
import { DEFAULT_LIMITS, type ReadLimits } from './limits.ts';
import { raggedRow, rowTooLarge } from './line-errors.ts';
import { openText } from './open-text.ts';
import type { Batch, ByteSource, Cursor, Row, RowReader } from './reader.ts';
import { RecordScanner } from './scan.ts';
import { RecordSkipper } from './skip-record.ts';
import { TextWindow } from './window.ts';

/**
 * Reads a CSV file's records from `cursor` on, in constant memory. Cells are given verbatim, untrimmed; blank lines are
 * lines but not records; what is wrong with a record is in its `error` and nothing else is lost by it.
 * Cells may share memory with the text around them: copy those that outlive their batch.
 *
 * `read` throws TaskError `file_unreadable` or `compressed_too_large` where a gzip file turns out to be one of these.
 * @param cursor the beginning of a record, from this format's `body` or a batch of an earlier reader; default: the first
 */
export function openCsv(
  source: ByteSource,
  format: CsvFormat,
  cursor: Cursor = format.body,
  limits: Partial<ReadLimits> = {},
): RowReader {
  return new CsvReader(source, format, cursor, { ...DEFAULT_LIMITS, ...limits });
}

class CsvReader implements RowReader {
  readonly #source: ByteSource;
  readonly #format: CsvFormat;
  readonly #limits: ReadLimits;
  readonly #window: TextWindow;
  readonly #scanner: RecordScanner;
  #compressedRead = 0;

  constructor(source: ByteSource, format: CsvFormat, cursor: Cursor, limits: ReadLimits) {
    this.#source = source;
    this.#format = format;
    this.#limits = limits;
    const text = openText(source, format, cursor.offset, limits, (bytes) => {
      this.#compressedRead += bytes;
    });
    this.#window = new TextWindow(text, format.encoding, cursor.offset, limits.windowBytes);
    this.#scanner = new RecordScanner(this.#window, format.delimiter, format.header, cursor.line);
  }

  async read(limit: { readonly rows: number; readonly bytes: number }): Promise<Batch> {
    this.#window.assertSound();
    const rows: Row[] = [];
    const end = this.#offset() + limit.bytes;
    while (!this.#scanWindow(rows, limit.rows, end)) {
      if (this.#isTooLarge(this.#window.length - this.#scanner.at - 1)) rows.push(await this.#skipped());
      else await this.#slide();
    }
    const done = this.#window.ended && this.#scanner.at === this.#window.length;
    const cursor = { offset: this.#offset(), line: this.#scanner.line };
    return { rows, cursor, consumed: this.#consumed(cursor, done), done };
  }

  async close(): Promise<void> {
    await this.#window.close();
  }

  /**
   * Adds the window's records to `rows`, to the limit and at least one.
   * @returns whether the batch is complete; if not, a record or the blank lines before it go on behind the window
   */
  #scanWindow(rows: Row[], maxRows: number, end: number): boolean {
    const scanner = this.#scanner;
    const window = this.#window;
    // Blank lines first: so the cursor stands on a record, and `done` is known with the last row.
    while (scanner.skipBlankLines()) {
      if (scanner.at === window.length) return true;
      if (rows.length > 0 && (rows.length >= maxRows || this.#offset() >= end)) return true;
      const line = scanner.line;
      if (!scanner.scan()) return false;
      const error = this.#judged();
      if (error === undefined) rows.push({ line, cells: scanner.cells });
      else rows.push({ line, cells: error.code === 'row_too_large' ? [] : scanner.cells, error });
    }
    return false;
  }

  #judged(): LineError | undefined {
    const { size, fault, cells, unclosedOn } = this.#scanner;
    if (this.#isTooLarge(size)) return rowTooLarge(this.#limits.maxRecordBytes, unclosedOn);
    if (fault !== undefined) return fault;
    const expected = this.#format.header.length;
    return cells.length === expected ? undefined : raggedRow(expected, cells.length);
  }

  #isTooLarge(size: number): boolean {
    return size > this.#limits.maxRecordBytes;
  }

  /** The record that is too long for the window: an error, and nothing of it kept. */
  async #skipped(): Promise<Row> {
    const { line, at } = this.#scanner;
    const skipper = new RecordSkipper(this.#window, this.#format.delimiter, at);
    while (!skipper.skip()) {
      await this.#window.slide(skipper.at);
      skipper.at = 0;
    }
    this.#scanner.at = skipper.at;
    this.#scanner.line = line + skipper.newlines;
    const unclosedOn = skipper.unclosed === undefined ? undefined : line + skipper.unclosed;
    return { line, cells: [], error: rowTooLarge(this.#limits.maxRecordBytes, unclosedOn) };
  }

  async #slide(): Promise<void> {
    await this.#window.slide(this.#scanner.at);
    this.#scanner.at = 0;
  }

  #offset(): number {
    return this.#window.offsetOf(this.#scanner.at);
  }

  #consumed(cursor: Cursor, done: boolean): number {
    const { size } = this.#source;
    if (done) return size;
    return Math.min(size, this.#format.compression === 'gzip' ? this.#compressedRead : cursor.offset);
  }
}
