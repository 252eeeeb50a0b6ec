import { Readable } from 'node:stream';

/**
 * Text as a body that is made as fast as it is taken. Counted in bytes: left to itself, `Readable.from` makes 16 pieces in advance,
 * however large they are.
 */
export function streamText(pieces: AsyncIterable<string> | Iterable<string>): Readable {
  return Readable.from(pieces, { objectMode: false });
}

/** The first `length` bytes of a file as a body; nothing is read of what is not asked for. */
export function streamBytes(bytes: AsyncIterable<Buffer>, length: number): Readable {
  return Readable.from(first(bytes, length), { objectMode: false });
}

async function* first(bytes: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let left = length;
  if (left === 0) return;
  for await (const chunk of bytes) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
