import type { LineError } from '../task/errors.ts';
import type { CsvFormat } from './describe-csv.ts';
import { DEFAULT_LIMITS, type ReadLimits } from './limits.ts';
import { raggedRow, rowTooLarge } from './line-errors.ts';
import type { ByteSource, Cursor, Row, RowReader } from './reader.ts';
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
  return new CsvReader(source, format, cursor, { ...DEFAULT_LIMITS, ...limits });
}

class CsvReader extends TextReader<Row> {
  protected readonly place: RecordScanner;
  readonly #format: CsvFormat;

  constructor(source: ByteSource, format: CsvFormat, cursor: Cursor, limits: ReadLimits) {
    super(source, format, cursor, limits);
    this.#format = format;
    this.place = new RecordScanner(this.window, format.delimiter, format.header, cursor.line);
  }

  protected skipBlankLines(): boolean {
    return this.place.skipBlankLines();
  }

  protected scan(): Row | undefined {
    const { line } = this.place;
    if (!this.place.scan()) return undefined;
    const { cells } = this.place;
    const error = this.#judged();
    if (error === undefined) return { line, cells };
    return { line, cells: error.code === 'row_too_large' ? [] : cells, error };
  }

  #judged(): LineError | undefined {
    const { size, fault, cells, unclosedOn } = this.place;
    if (this.isTooLarge(size)) return rowTooLarge(this.limits.maxRecordBytes, unclosedOn);
    if (fault !== undefined) return fault;
    const expected = this.#format.header.length;
    return cells.length === expected ? undefined : raggedRow(expected, cells.length);
  }

  /** The record that is too long for the window: an error, and nothing of it kept. */
  protected async skip(): Promise<Row> {
    const { line, at } = this.place;
    const skipper = new RecordSkipper(this.window, this.#format.delimiter, at);
    while (!skipper.skip()) {
      await this.window.slide(skipper.at);
      skipper.at = 0;
    }
    this.place.at = skipper.at;
    this.place.line = line + skipper.newlines;
    const unclosedOn = skipper.unclosed === undefined ? undefined : line + skipper.unclosed;
    return { line, cells: [], error: rowTooLarge(this.limits.maxRecordBytes, unclosedOn) };
  }
}
