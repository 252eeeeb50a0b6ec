import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { TaskError } from '../task/errors.ts';
import type { ByteSource } from './reader.ts';

const FILE_CHUNK = 256 * 1024;

/** A buffer in memory, given out in pieces of `chunkBytes`. */
export function bufferSource(buffer: Buffer, chunkBytes: number = FILE_CHUNK): ByteSource {
  return {
    size: buffer.length,
    async *open(offset = 0) {
      for (let at = offset; at < buffer.length; at += chunkBytes) yield buffer.subarray(at, at + chunkBytes);
    },
  };
}

/**
 * A file on this machine. Its size is taken now: bytes added later are not read.
 * @throws TaskError `file_missing`
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new TaskError('file_missing', 'The file is not there any more: upload it again.');
  });
  return {
    size,
    async *open(offset = 0) {
      if (offset >= size) return;
      yield* createReadStream(path, { start: offset, end: size - 1, highWaterMark: FILE_CHUNK });
    },
  };
}

/** The first bytes of a stream, fewer than `count` only where it is shorter; the stream is closed. */
export async function readStart(chunks: AsyncIterable<Buffer>, count: number): Promise<Buffer> {
  const start: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    start.push(chunk);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(start).subarray(0, count);
}

/** The stream without its first `count` bytes. */
export async function* dropStart(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left -= Math.min(left, chunk.length);
  }
}
