import { shown, TaskError } from '../../task/errors.ts';
import type { LineError } from '../../task/line-reasons.ts';
import { shownBytes } from '../../task/text/bytes.ts';
import type { ByteSource, Cursor } from '../reader.ts';
import { readStart } from '../text/bytes.ts';
import { detectEncoding } from '../text/encoding.ts';
import { inflate, isGzip } from '../text/gzip.ts';
import { DEFAULT_LIMITS, type ReadLimits } from '../text/limits.ts';
import { openText, type Packing } from '../text/open-text.ts';
import type { TextPosition } from '../text/text-reader.ts';
import { TextWindow } from '../text/window.ts';
import { notText, refuseOtherKinds, refuseOtherTexts } from '../wrong-input.ts';
import { cellText } from './cell-text.ts';
import { type Delimiter, RecordScanner } from './scan.ts';
import { DELIMITERS, isDelimiter, sniffDelimiter } from './sniff-delimiter.ts';

/** All that is needed to read a CSV file, now or on another machine after a crash. It survives JSON. */
export interface CsvFormat extends Packing {
  readonly delimiter: Delimiter;
  /** The columns' names, trimmed; not checked for being unique or there at all. */
  readonly header: readonly string[];
  /** The first record after the header. */
  readonly body: Cursor;
  /** A row that lacks its last cells has them blank; else it is ragged. */
  readonly allowShortRows?: true;
}

export interface DescribeOptions extends Partial<ReadLimits> {
  /** The declared charset, e.g. of `Content-Type: text/csv; charset=iso-8859-1`; a byte-order mark wins over it. */
  readonly encoding?: string;
  readonly allowShortRows?: true;
}

/** Enough for every signature and byte-order mark. */
const START_BYTES = 512;

/** Characters by which other kinds of text are told. */
const LOOKED_AT = 64 * 1024;

/** What is read beyond the longest header, for the delimiter to be told by more than the header. */
const SAMPLE_BYTES = 64 * 1024;

/**
 * Finds out how to read a CSV file from its first `maxRecordBytes` (1 MiB).
 * @throws TaskError `empty_file`, `not_text` (another kind of file, a header that is no text), `file_unreadable` (damaged
 *   gzip, unknown charset, bad quotes in the header), `header_too_large`, `compressed_too_large`
 */
export async function describeCsv(source: ByteSource, options: DescribeOptions = {}): Promise<CsvFormat> {
  const { encoding: declared, allowShortRows, ...limits } = { ...DEFAULT_LIMITS, ...options };
  const stored = await readStart(source.open(), START_BYTES);
  const compression = isGzip(stored) ? 'gzip' : 'none';
  const start = compression === 'gzip' ? await readStart(inflate(source, limits), START_BYTES) : stored;
  refuseOtherKinds(start);
  const { encoding, markBytes } = detectEncoding(start, declared);

  const text = openText(source, { compression, encoding }, markBytes, limits);
  const window = new TextWindow(text, encoding, markBytes, limits.maxRecordBytes + SAMPLE_BYTES);
  try {
    await window.slide(0);
    // Cloned, because names that are slices would hold on to the megabyte they were found in.
    return structuredClone({
      ...{ compression, encoding, ...readHeader(window, limits.maxRecordBytes) },
      ...(allowShortRows && { allowShortRows }),
    });
  } finally {
    await window.close();
  }
}

function readHeader(window: TextWindow, maxBytes: number): Pick<CsvFormat, 'delimiter' | 'header' | 'body'> {
  const beginning = firstRecord(window);
  refuseOtherTexts(window.text.slice(beginning.at, beginning.at + LOOKED_AT));
  const declared = declaredDelimiter(window, beginning);
  const first = declared ? firstRecord(window, declared.next) : firstRecord(window);
  const delimiter = declared?.delimiter ?? sniffDelimiter(window, first.at);
  const scanner = new RecordScanner(window, delimiter, [], first.line);
  scanner.at = first.at;
  const fits = scanner.scan() && scanner.size <= maxBytes;
  refuseNul(window, first.at, fits ? scanner.at : window.length);
  if (!fits) throw window.suspect ? notText(`it has no line in its first ${shownBytes(maxBytes)}`) : tooLarge(maxBytes);
  if (scanner.fault !== undefined) throw unreadable(scanner.fault, first.line);
  return {
    delimiter: scanner.delimiter,
    header: scanner.cells.map(cellText),
    body: { offset: window.offsetOf(scanner.at), line: scanner.line },
  };
}

const DECLARATION = /^("?)sep=(?:([,;\t|])\1[ \t,;|]*|([^\r\n])\1[ \t]*)(?:\r\n?|\n)/i;
/** UTF-16 units in which a declaration of the delimiter ends: a row of Excel's 16,384 columns. */
const MAX_DECLARATION = 20_000;

/**
 * The delimiter that Excel's line in front of the header declares, `sep=;`, and the place behind that line.
 *
 * @throws TaskError `file_unreadable` when it is none that is read
 */
function declaredDelimiter(
  window: TextWindow,
  { at, line }: Readonly<TextPosition>,
): { delimiter: Delimiter; next: Readonly<TextPosition> } | undefined {
  // Also as Excel writes it when it has saved such a file again: in quotes, or with the delimiters of a whole row behind it.
  const found = DECLARATION.exec(window.text.slice(at, at + MAX_DECLARATION));
  if (!found) return undefined;
  const [text, , delimiter = found[3] as string] = found;
  if (isDelimiter(delimiter)) {
    return { delimiter, next: { at: Math.min(at + text.length, window.length), line: line + 1 } };
  }
  throw new TaskError(
    'file_unreadable',
    `Line ${line} declares the delimiter ${shown(delimiter)} (sep=): use a comma, a semicolon, a tab or a | instead.`,
  );
}

/** Where the first record from `from` on starts: behind blank lines and byte-order marks, if there are any. */
function firstRecord(window: TextWindow, from: Readonly<TextPosition> = { at: 0, line: 1 }): Readonly<TextPosition> {
  const blank = new RecordScanner(window, ',', [], from.line, DELIMITERS);
  blank.at = from.at;
  blank.skipBlankLines();
  if (blank.at < window.length) return blank;
  const what = !window.ended
    ? 'The file starts with blank lines only'
    : from.at === 0
      ? 'The file is empty'
      : 'The file contains only the line sep=';
  throw new TaskError('empty_file', `${what}: upload one whose first line names the columns.`);
}

function refuseNul(window: TextWindow, from: number, to: number): void {
  if (!window.suspect || !window.bytes.subarray(from, to).includes(0)) return;
  throw notText('its first line contains NUL characters, like a binary file or UTF-16 without a byte-order mark');
}

function tooLarge(maxBytes: number): TaskError {
  return new TaskError(
    'header_too_large',
    `The first line, which names the columns, is longer than ${shownBytes(maxBytes)}: ` +
      'check that it is the header and that all its quotes are closed.',
  );
}

function unreadable(fault: LineError, line: number): TaskError {
  const code = fault.code === 'invalid_encoding' ? 'not_text' : 'file_unreadable';
  return new TaskError(code, `The header on line ${line} cannot be read. ${fault.reason}`);
}
