import { TaskError } from '../../task/errors.ts';
import type { ByteSource, Cursor } from '../reader.ts';
import { readStart } from '../text/bytes.ts';
import { detectEncoding } from '../text/encoding.ts';
import { inflate, isGzip } from '../text/gzip.ts';
import { DEFAULT_LIMITS, type ReadLimits } from '../text/limits.ts';
import type { Packing } from '../text/open-text.ts';
import { refuseOtherKinds } from '../wrong-input.ts';

/** All that is needed to read an NDJSON file, now or on another machine after a crash. It survives JSON. */
export interface NdjsonFormat extends Packing {
  /** The first line, behind a byte-order mark. */
  readonly body: Cursor;
}

/** Enough for a gzip member and every byte-order mark. */
const START_BYTES = 3;

/**
 * Finds out how to read an NDJSON file from its first bytes. It is UTF-8 (RFC 8259, section 8.1) unless a byte-order mark says
 * otherwise; a charset declared elsewhere has no meaning for JSON (section 11).
 * @throws TaskError `empty_file`, `not_text` (gzip inside gzip), `file_unreadable` (damaged gzip), `compressed_too_large`
 */
export async function describeNdjson(source: ByteSource, options: Partial<ReadLimits> = {}): Promise<NdjsonFormat> {
  const stored = await readStart(source.open(), START_BYTES);
  const compression = isGzip(stored) ? 'gzip' : 'none';
  const limits = { ...DEFAULT_LIMITS, ...options };
  const start = compression === 'gzip' ? await readStart(inflate(source, limits), START_BYTES) : stored;
  if (isGzip(start)) refuseOtherKinds(start);
  if (start.length === 0) {
    throw new TaskError('empty_file', 'The file is empty: upload a file with one JSON value per line.');
  }
  const { encoding, markBytes } = detectEncoding(start);
  return { compression, encoding, body: { offset: markBytes, line: 1 } };
}
