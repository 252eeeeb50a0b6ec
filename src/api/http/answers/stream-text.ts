import { Readable } from 'node:stream';
import { inScope } from '../../../service/platform/request-scope.ts';
import { fairTurns } from './fair-turns.ts';

/**
 * Text as a body that is made as fast as it is taken. Counted in bytes: left to itself, `Readable.from` makes 16 pieces in advance,
 * however large they are.
 */
export function streamText(pieces: AsyncIterable<string> | Iterable<string>): Readable {
  return Readable.from(inScope(pieces), { objectMode: false });
}

/** Written in pieces of about this many characters. */
const PIECE = 64 * 1024;

/**
 * Long answers that are written at once, in turns of the organizations: of what each needs for a piece, megabytes, 60 at a time were
 * 500 MB, and `/livez` came 7.6 s late. Who does not read holds no place, and little else.
 */
const turns = fairTurns({ atOnce: 4, milliseconds: 250 });

/** Fewer and larger pieces; and nothing at all before there is much, so that an early error can still be answered as one. */
async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Makes each piece when it is the organization's turn. */
async function* inTurns(pieces: AsyncGenerator<string>, organizationId: string): AsyncGenerator<string> {
  try {
    for (;;) {
      const next = await turns.run(organizationId, () => pieces.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await pieces.return(undefined);
  }
}

/** Long text as a body, made for an organization as fast as it is taken. */
export function streamLong(texts: AsyncIterable<string>, organizationId: string): Readable {
  return streamText(inTurns(inPieces(texts), organizationId));
}

/**
 * Text as a body, whole where it is one piece, which is sent at once and with its length: of a list of 50 tasks in 13 pieces, the sending
 * took as long as all the rest. What is longer is made as fast as it is taken.
 *
 * @param answer for whom; `long` where it is known to be, so that its first pieces wait for their turn as well
 */
export async function textBody(
  texts: AsyncIterable<string>,
  { organizationId, long = false }: { readonly organizationId: string; readonly long?: boolean },
): Promise<string | Readable> {
  const made = inPieces(texts);
  const pieces = long ? inTurns(made, organizationId) : made;
  const first = await pieces.next();
  if (first.done) return '';
  const second = await pieces.next();
  if (second.done) return first.value;
  const rest = long ? pieces : inTurns(made, organizationId);
  return streamText(
    (async function* () {
      try {
        yield first.value;
        yield second.value;
        yield* rest;
      } finally {
        await rest.return(undefined);
      }
    })(),
  );
}

/** The first `length` bytes of a file as a body; nothing is read of what is not asked for. */
export function streamBytes(bytes: AsyncIterable<Buffer>, length: number): Readable {
  return Readable.from(inScope(first(bytes, length)), { objectMode: false });
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
