import { Readable } from 'node:stream';

/**
 * Text as a body that is made as fast as it is taken. Counted in bytes: left to itself, `Readable.from` makes 16 pieces in advance,
 * however large they are.
 */
export function streamText(pieces: AsyncIterable<string> | Iterable<string>): Readable {
  return Readable.from(pieces, { objectMode: false });
}

let last = Promise.resolve();

/**
 * Waits until nobody else makes a piece in this round of the event loop. What takes milliseconds each, 60 times at once, would hold
 * up all that is short: `/livez` came 7.6 s late.
 */
function turn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}

/** Written in pieces of about this many characters. */
const PIECE = 64 * 1024;

/** Fewer and larger pieces; and nothing at all before there is much, so that an early error can still be answered as one. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
    await turn();
  }
  if (piece !== '') yield piece;
}

/**
 * Text as a body, whole where it is one piece, which is sent at once and with its length: of a list of 50 tasks in 13 pieces, the sending
 * took as long as all the rest. What is longer is made as fast as it is taken.
 */
export async function textBody(texts: AsyncIterable<string>): Promise<string | Readable> {
  const pieces = inPieces(texts);
  const first = await pieces.next();
  if (first.done) return '';
  const second = await pieces.next();
  if (second.done) return first.value;
  return streamText(
    (async function* () {
      yield first.value;
      yield second.value;
      yield* pieces;
    })(),
  );
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
