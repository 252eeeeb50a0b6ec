import { constants, createGunzip } from 'node:zlib';
import type { ByteSource } from '../../readers/reader.ts';
import { isGzip } from '../../readers/text/gzip.ts';
import { refuseOtherKinds } from '../../readers/wrong-input.ts';
import { TaskError } from '../../task/errors.ts';

/** Bytes by which other kinds of files are told. */
const LOOKED_AT = 512;

/** The beginning of a file, as text. */
export interface InflatedStart {
  readonly bytes: Buffer;
  /** There is no more of it. */
  readonly whole: boolean;
  readonly compression: 'none' | 'gzip';
}

/** What the bytes are once they are inflated, as far as that goes. @param most of them @throws TaskError `file_unreadable` */
export async function inflateStart(bytes: Buffer, most: number): Promise<InflatedStart> {
  if (!isGzip(bytes)) return { bytes, whole: true, compression: 'none' };
  // The rest of the archive may be missing, which is no damage.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(bytes);
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length > most) break;
    }
  } catch (error) {
    throw new TaskError('file_unreadable', `The gzip file is damaged (${(error as Error).message}).`);
  }
  const inflated = Buffer.concat(pieces);
  refuseOtherKinds(inflated.subarray(0, LOOKED_AT));
  return { bytes: inflated.subarray(0, most), whole: length <= most, compression: 'gzip' };
}

/** Bytes that are there as a file. */
export function inMemory(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    async *open(offset = 0) {
      yield bytes.subarray(offset);
    },
  };
}
