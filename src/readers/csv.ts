import type { LineError } from '../task/errors.ts';
import type { CsvFormat } from './describe-csv.ts';
import { DEFAULT_LIMITS, type ReadLimits } from './limits.ts';
import { raggedRow, rowTooLarge } from './line-errors.ts';
import type { ByteSource, Cursor, Reader, Row, RowReader } from './reader.ts';
import { RecordScanner } from './scan.ts';
import { RecordSkipper } from './skip-record.ts';
import { TextReader } from './text-reader.ts';

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
  return readCsv(source, format, cursor, (row) => row, limits);
}

/**
 * Like `openCsv`, giving what `convert` makes of each record as it is read. For what keeps little of a record: a batch of 5,000
 * records has 50,000 cells, which the garbage collector would copy around until the batch is full.
 */
export function readCsv<Item>(
  source: ByteSource,
  format: CsvFormat,
  cursor: Cursor,
  convert: (row: Row) => Item,
  limits: Partial<ReadLimits> = {},
): Reader<Item> {
  return new CsvReader(source, format, cursor, convert, { ...DEFAULT_LIMITS, ...limits });
}

class CsvReader<Item> extends TextReader<Item> {
  protected readonly place: RecordScanner;
  readonly #format: CsvFormat;

  readonly #convert: (row: Row) => Item;

  constructor(source: ByteSource, format: CsvFormat, cursor: Cursor, convert: (row: Row) => Item, limits: ReadLimits) {
    super(source, format, cursor, limits);
    this.#convert = convert;
    this.#format = format;
    this.place = new RecordScanner(this.window, format.delimiter, format.header, cursor.line);
  }

  protected skipBlankLines(): boolean {
    return this.place.skipBlankLines();
  }

  protected scan(): Item | undefined {
    const { line } = this.place;
    if (!this.place.scan()) return undefined;
    const { cells } = this.place;
    const error = this.#judged();
    if (error === undefined) return this.#convert({ line, cells });
    return this.#convert({ line, cells: error.code === 'row_too_large' ? [] : cells, error });
  }

  #judged(): LineError | undefined {
    const { size, fault, cells, unclosedOn } = this.place;
    if (this.isTooLarge(size)) return rowTooLarge(this.limits.maxRecordBytes, unclosedOn);
    if (fault !== undefined) return fault;
    const expected = this.#format.header.length;
    return cells.length === expected ? undefined : raggedRow(expected, cells.length);
  }

  /** The record that is too long for the window: an error, and nothing of it kept. */
  protected async skip(): Promise<Item> {
    const { line, at } = this.place;
    const skipper = new RecordSkipper(this.window, this.#format.delimiter, at);
    while (!skipper.skip()) {
      await this.window.slide(skipper.at);
      skipper.at = 0;
    }
    this.place.at = skipper.at;
    this.place.line = line + skipper.newlines;
    const unclosedOn = skipper.unclosed === undefined ? undefined : line + skipper.unclosed;
    return this.#convert({ line, cells: [], error: rowTooLarge(this.limits.maxRecordBytes, unclosedOn) });
  }
}
