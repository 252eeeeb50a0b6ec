import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TaskError } from '../../task/errors.ts';
import { shownBytes } from '../../task/text/bytes.ts';
import type { ByteSource } from '../reader.ts';
import { ALWAYS_INFLATED, type ReadLimits } from './limits.ts';

const INFLATED_CHUNK = 64 * 1024;

/** Whether the bytes begin a gzip member (RFC 1952, section 2.3.1). */
export function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/**
 * The decompressed content, member after member, always from the beginning: deflate cannot be entered in the middle.
 * @param onRead told of every compressed chunk's length in bytes
 * @throws TaskError `file_unreadable` where the archive is cut or damaged, `compressed_too_large` past the limits;
 *   an error of the source itself passes through as it is
 */
export async function* inflate(
  source: ByteSource,
  limits: ReadLimits,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const most = Math.min(limits.maxInflatedBytes, Math.max(ALWAYS_INFLATED, limits.maxExpansion * source.size));
  const gunzip = createGunzip({ chunkSize: INFLATED_CHUNK });
  // The callback is there because pipeline wants one: an error reaches us through the loop below.
  pipeline(Readable.from(metered(source.open(), onRead)), gunzip, () => {});
  let inflated = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      inflated += chunk.length;
      if (inflated > most) throw tooLarge(source.size, most);
      yield chunk;
    }
  } catch (error) {
    throw isZlibError(error) ? unreadable(error) : error;
  }
}

async function* metered(chunks: AsyncIterable<Buffer>, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

function unreadable(error: NodeJS.ErrnoException): TaskError {
  const what = error.code === 'Z_BUF_ERROR' ? 'ends too early' : `is damaged (${error.message})`;
  return new TaskError('file_unreadable', `The gzip file ${what}: compress and upload the file again.`);
}

function tooLarge(stored: number, most: number): TaskError {
  return new TaskError(
    'compressed_too_large',
    `The gzip file of ${shownBytes(stored)} expands to more than ${shownBytes(most)}, the limit for its size: ` +
      'upload it uncompressed or in several files.',
  );
}
