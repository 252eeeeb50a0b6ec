import { chunksOf } from './chunks.ts';

/** What can be uploaded. A stream of Node (`Readable`) is an iteration of chunks. */
export type UploadFile = Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** The bytes of an upload. */
export interface Source {
  /** Bytes; not known of a stream. */
  readonly size: number | undefined;
  /** The bytes: of a blob from the start every time, of a stream from where it is. */
  read(): AsyncGenerator<Uint8Array>;
  /** Whether `read` would still give all of them. */
  replayable(): boolean;
  /** How many were read by the attempt that read most. */
  readBytes(): number;
  /** What reading threw, if it did. */
  failure(): unknown;
  /** Lets go of a stream. */
  close(): Promise<void>;
}

/** Bytes. */
const PIECE = 64 * 1024;

export function openSource(file: UploadFile): Source {
  const once = file instanceof Blob ? undefined : chunksIn(file);
  let most = 0;
  let begun = false;
  let failure: unknown;
  async function* read(): AsyncGenerator<Uint8Array> {
    const chunks = once ?? chunksOf((file as Blob).stream());
    let bytes = 0;
    // From now on a chunk may be on its way that nobody waits for any more.
    begun = true;
    try {
      // Not for await: what an attempt leaves is ended by close.
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        for (const piece of pieces(next.value)) {
          bytes += piece.length;
          most = Math.max(most, bytes);
          yield piece;
        }
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (!once) await chunks.return?.();
    }
  }
  return {
    size: file instanceof Blob ? file.size : undefined,
    read,
    replayable: () => !once || !begun,
    readBytes: () => most,
    failure: () => failure,
    close: async () => void (await once?.return?.()),
  };
}

/** Node gives a blob in memory as one chunk: of that, no progress would be told. */
function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}

function chunksIn(stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  return 'getReader' in stream ? chunksOf(stream) : stream[Symbol.asyncIterator]();
}
