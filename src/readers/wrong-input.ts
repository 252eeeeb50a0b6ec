import { TaskError } from '../task/errors.ts';

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
];

/** A column may be called PAR1: then text follows. */
const PAR1_COLUMN = /^PAR1[\w\s,;|".-]/;

/**
 * Refuses what is plainly another kind of file, by name.
 * @param start the content's first bytes, at least 8 unless it is shorter
 * @throws TaskError `not_text`
 */
export function refuseOtherKinds(start: Buffer): void {
  const text = start.toString('latin1');
  const found = SIGNATURES.find(([beginning]) => text.startsWith(beginning));
  if (found === undefined || PAR1_COLUMN.test(text)) return;
  throw new TaskError('not_text', `The file looks like ${found[1]}`);
}

/** @param why as the end of a sentence */
export function notText(why: string): TaskError {
  return new TaskError(
    'not_text',
    `The file is not text: ${why}. If it is a table, save it as CSV in UTF-8, or declare its charset.`,
  );
}
