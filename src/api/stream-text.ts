import { Readable } from 'node:stream';

/**
 * Text as a body that is made as fast as it is taken. Counted in bytes: left to itself, `Readable.from` makes 16 pieces in advance,
 * however large they are.
 */
export function streamText(pieces: AsyncIterable<string> | Iterable<string>): Readable {
  return Readable.from(pieces, { objectMode: false });
}
