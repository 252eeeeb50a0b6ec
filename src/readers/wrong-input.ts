import { TaskError, type TaskErrorCode } from '../task/errors.ts';

const WORKBOOK = 'save it as CSV and upload that.';
const IMAGE = 'an image, not a table: upload a CSV file.';
const ARCHIVE = 'decompress it, or compress it with gzip.';

/** How files begin that people upload for a CSV (one character a byte), and what to tell them. */
const SIGNATURES: readonly (readonly [beginning: string, advice: string])[] = [
  ['PK\x03\x04', `an Excel workbook (.xlsx) or zip archive: ${WORKBOOK}`],
  ['PK\x05\x06', `an empty zip archive: ${WORKBOOK}`],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', `an old Excel workbook (.xls): ${WORKBOOK}`],
  ['%PDF-', 'a PDF document: export the table as CSV and upload that.'],
  ['PAR1', 'a Parquet file: export it as CSV and upload that.'],
  ['\x89PNG', IMAGE],
  ['\xff\xd8\xff', IMAGE],
  ['BZh91AY&SY', `a bzip2 archive: ${ARCHIVE}`],
  ['\x28\xb5\x2f\xfd', `a Zstandard archive: ${ARCHIVE}`],
  ['\xfd7zXZ\x00', `an xz archive: ${ARCHIVE}`],
  ["7z\xbc\xaf'\x1c", `a 7z archive: ${ARCHIVE}`],
  ['Rar!\x1a\x07', `a RAR archive: ${ARCHIVE}`],
  ['{\\rtf', 'a rich text document: export the table as CSV and upload that.'],
  // One gzip is taken off before this is looked at.
  ['\x1f\x8b', 'gzip inside gzip, compressed twice: decompress it once and upload that.'],
];

/** Where a tar archive says what it is (POSIX.1-1988, ustar). */
const TAR_AT = 257;

const NDJSON = 'JSON lines (NDJSON): convert its records to the rows of a CSV file and upload that.';
const JSON_TEXT = 'JSON: convert its records to the rows of a CSV file and upload that.';

/** How texts begin that are no tables, and what to tell those who upload them. */
const TEXTS: readonly (readonly [beginning: RegExp, advice: string])[] = [
  [/^\{\s*(?:"(?:[^"\\]|\\.)*"\s*:[^\n]*\}\s*\n\s*\{|\}\s*\n\s*\{)/, NDJSON],
  [/^\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\}\s*$)/, JSON_TEXT],
  [/^\[\s*(?:\{\s*["}]|\[|"(?:[^"\\]|\\.)*"\s*[,\]]|\]\s*$)/, JSON_TEXT],
  [
    /^<(?:!doctype\s+html|html|head|body|table)\b/i,
    'a web page (HTML), as some programs name .csv or .xls: open it in a spreadsheet, save it as CSV and upload that.',
  ],
  [
    /^<(?:\?xml\b|!--|!doctype\b|[a-z][\w:.-]*(?:\s[^<>]*)?>\s*<)/i,
    'XML: convert its records to the rows of a CSV file and upload that.',
  ],
];

/** A column may be called PAR1: then text follows. */
const PAR1_COLUMN = /^PAR1[\w\s,;|".-]/;

/**
 * Refuses what is plainly another kind of file, by name.
 * @param start the content's first bytes, at least 512 unless it is shorter
 * @throws TaskError `not_text`
 */
export function refuseOtherKinds(start: Buffer): void {
  const text = start.toString('latin1');
  const found = SIGNATURES.find(([beginning]) => text.startsWith(beginning));
  if (text.startsWith('ustar', TAR_AT))
    throw looksLike('not_text', `a tar archive: extract the table and upload that.`);
  if (found === undefined || PAR1_COLUMN.test(text)) return;
  throw looksLike('not_text', found[1]);
}

/**
 * Refuses what is plainly another kind of text, by name.
 * @param text the beginning of the text, behind its byte-order mark and blank lines
 * @throws TaskError `file_unreadable`
 */
export function refuseOtherTexts(text: string): void {
  const found = TEXTS.find(([beginning]) => beginning.test(text));
  if (found !== undefined) throw looksLike('file_unreadable', found[1]);
}

function looksLike(code: TaskErrorCode, advice: string): TaskError {
  return new TaskError(code, `The file looks like ${advice}`);
}

/** @param why as the end of a sentence */
export function notText(why: string): TaskError {
  return new TaskError(
    'not_text',
    `The file is not text: ${why}. If it is a table, save it as CSV in UTF-8, or declare its charset.`,
  );
}
