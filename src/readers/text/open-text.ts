import type { ByteSource } from '../reader.ts';
import { dropStart } from './bytes.ts';
import { type Encoding, toUtf8 } from './encoding.ts';
import { inflate } from './gzip.ts';
import type { ReadLimits } from './limits.ts';

export type Compression = 'none' | 'gzip';

/** What must be undone to get from the stored bytes to the text. */
export interface Packing {
  readonly compression: Compression;
  readonly encoding: Encoding;
}

/**
 * The text in UTF-8 from `offset` (bytes after decompression, before the change of encoding) on. A gzip file is inflated
 * from its beginning and thrown away up to there: 0.3 s for 125 MB of text, once per open.
 * @param onRead told of every compressed chunk's length in bytes; not called for a file that is not compressed
 */
export function openText(
  source: ByteSource,
  packing: Packing,
  offset: number,
  limits: ReadLimits,
  onRead?: (bytes: number) => void,
): AsyncIterable<Buffer> {
  const gzip = packing.compression === 'gzip';
  const plain = gzip ? dropStart(inflate(source, limits, onRead), offset) : opened(source, offset);
  return toUtf8(plain, packing.encoding);
}

/** Opens the source on the first read: closing an unread stream would not release it. */
async function* opened(source: ByteSource, offset: number): AsyncGenerator<Buffer> {
  yield* source.open(offset);
}
