import { gzipSync } from 'node:zlib';
import { openCsv } from '../../../src/readers/csv/csv.ts';
import { type CsvFormat, type DescribeOptions, describeCsv } from '../../../src/readers/csv/describe-csv.ts';
import type { ByteSource, Cursor, Row, RowReader } from '../../../src/readers/reader.ts';
import type { Encoding } from '../../../src/readers/text/encoding.ts';
import type { ReadLimits } from '../../../src/readers/text/limits.ts';

const EVERYTHING = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** A format without a header of its own: every record is a row, and rows are ragged unless they have `columns` cells. */
export function rawFormat(format: Partial<CsvFormat> = {}, columns = 2): CsvFormat {
  const header = Array.from({ length: columns }, (_, i) => `c${i + 1}`);
  const body = { offset: 0, line: 1 };
  return { compression: 'none', encoding: 'utf-8', delimiter: ',', header, body, ...format };
}

/** A buffer in memory, given out in pieces of `chunkBytes`. */
export function bufferSource(buffer: Buffer, chunkBytes = 256 * 1024): ByteSource {
  return {
    size: buffer.length,
    async *open(offset = 0) {
      for (let at = offset; at < buffer.length; at += chunkBytes) yield buffer.subarray(at, at + chunkBytes);
    },
  };
}

/** A buffer given out in pieces of the given sizes, over and over. */
export function piecesSource(buffer: Buffer, sizes: readonly number[]): ByteSource {
  return {
    size: buffer.length,
    async *open(offset = 0) {
      for (let at = offset, i = 0; at < buffer.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        yield buffer.subarray(at, at + size);
        at += size;
      }
    },
  };
}

async function rest(reader: RowReader): Promise<Row[]> {
  const { rows } = await reader.read(EVERYTHING);
  await reader.close();
  return rows;
}

/** All records from `cursor` on. */
export function readAll(
  source: ByteSource,
  format: CsvFormat,
  cursor?: Cursor,
  limits?: Partial<ReadLimits>,
): Promise<Row[]> {
  return rest(openCsv(source, format, cursor, limits));
}

/** A whole file, as an import reads it. */
export async function readFile(
  source: ByteSource,
  options?: DescribeOptions,
): Promise<{ format: CsvFormat; rows: Row[] }> {
  const format = JSON.parse(JSON.stringify(await describeCsv(source, options))) as CsvFormat;
  return { format, rows: await readAll(source, format) };
}

/** The rows one by one, with the cursor before each and the one behind the last. */
export async function readSteps(source: ByteSource, format: CsvFormat): Promise<{ rows: Row[]; cursors: Cursor[] }> {
  const reader = openCsv(source, format);
  const rows: Row[] = [];
  const cursors: Cursor[] = [];
  for (let done = false; !done; ) {
    const batch = await reader.read({ rows: 1, bytes: Number.POSITIVE_INFINITY });
    rows.push(...batch.rows);
    cursors.push(batch.cursor);
    done = batch.done;
  }
  await reader.close();
  return { rows, cursors };
}

export function encoded(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'windows-1252') return Buffer.from(text.replaceAll('€', '\x80'), 'latin1');
  const units = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? units.swap16() : units;
}

export function packed(bytes: Buffer, compression: CsvFormat['compression']): Buffer {
  return compression === 'gzip' ? gzipSync(bytes) : bytes;
}
