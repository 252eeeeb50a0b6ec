import { type LineError, raggedRow, rowTooLarge } from '../../task/line-reasons.ts';
import type { ByteSource, Cursor, Reader, Row, RowReader } from '../reader.ts';
import { DEFAULT_LIMITS, type ReadLimits } from '../text/limits.ts';
import { NO_RECORD, TextReader } from '../text/text-reader.ts';
import { cellText } from './cell-text.ts';
import type { CsvFormat } from './describe-csv.ts';
import { blankBytes, RecordScanner } from './scan.ts';
import { RecordSkipper } from './skip-record.ts';

/**
 * Reads a CSV file's records from `cursor` on, in constant memory. Cells are given verbatim, untrimmed; lines of nothing but blanks
 * and delimiters are lines but not records, and so is the header where it is repeated; blank cells behind the header's last column
 * are left out; what is wrong with a record is in its `error` and nothing else is lost by it.
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

  protected scan(): Item | typeof NO_RECORD | undefined {
    const { line } = this.place;
    if (!this.place.scan()) return undefined;
    const { cells } = this.place;
    if ((cells[0] as string).startsWith('sep=') && declaresDelimiter(cells)) return NO_RECORD;
    const error = this.#judged(cells);
    if (error !== undefined) return this.#convert({ line, cells: error.code === 'row_too_large' ? [] : cells, error });
    if (!this.#repeatsHeader(cells)) return this.#convert({ line, cells });
    this.repeatedHeader ??= line;
    return NO_RECORD;
  }

  /** @param cells of the record, which become as many as the header has where that is no error */
  #judged(cells: string[]): LineError | undefined {
    const { size, fault, unclosedOn } = this.place;
    if (this.isTooLarge(size)) return rowTooLarge(this.limits.maxRecordBytes, unclosedOn);
    if (fault !== undefined) return fault;
    const { header, allowShortRows = false } = this.#format;
    const expected = header.length;
    if (cells.length === expected) return undefined;
    while (cells.length > expected && cells.at(-1)?.trim() === '') cells.pop();
    if (allowShortRows) while (cells.length < expected) cells.push('');
    return cells.length === expected ? undefined : raggedRow(expected, cells.length);
  }

  #repeatsHeader(cells: readonly string[]): boolean {
    const { header } = this.#format;
    return isName(cells[0], header[0]) && cells.every((cell, index) => isName(cell, header[index]));
  }

  /** The record that is too long for the window: an error, and nothing of it kept. */
  protected async skip(): Promise<Item | undefined> {
    const { line, at } = this.place;
    const { delimiter } = this.#format;
    const skipper = new RecordSkipper(this.window, delimiter, at);
    let blank = true;
    for (let from = at; ; from = 0) {
      const ended = skipper.skip();
      blank &&= this.#isBlank(from, skipper.at);
      if (ended) break;
      await this.window.slide(skipper.at);
      skipper.at = 0;
    }
    this.place.at = skipper.at;
    this.place.line = line + skipper.newlines;
    if (blank) return undefined;
    const unclosedOn = skipper.unclosed === undefined ? undefined : line + skipper.unclosed;
    return this.#convert({ line, cells: [], error: rowTooLarge(this.limits.maxRecordBytes, unclosedOn) });
  }

  /** Whether that part of the window is nothing but blanks, delimiters and line ends. */
  #isBlank(from: number, to: number): boolean {
    const blank = blankBytes([this.#format.delimiter]);
    return this.window.bytes.subarray(from, to).every((byte) => blank[byte] === 1 || byte === LF || byte === CR);
  }
}

const LF = 10;
const CR = 13;

/** Whether a cell says what a header does. */
function isName(cell = '', name = ''): boolean {
  return cell === name || (cell.length > name.length && cellText(cell) === name);
}

/** Whether a record is Excel's line `sep=;`, which stands before the header, where files were joined. */
function declaresDelimiter([first = '', ...rest]: readonly string[]): boolean {
  return /^sep=.?$/.test(first) && rest.every((cell) => cell.trim() === '');
}
