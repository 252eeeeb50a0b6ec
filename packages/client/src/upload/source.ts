type Bytes = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A file that can be read again, as a `Blob` can. */
export interface RereadableFile {
  /** Exact number of bytes of `stream`; a different number throws. */
  readonly size: number;
  /** The bytes from the start. */
  stream(): Bytes;
}

/** What can be uploaded. A stream of Node (`Readable`) is an iteration of chunks. */
export type UploadFile = Blob | RereadableFile | Bytes;

/** The bytes of an upload. */
export interface Source {
  /** Bytes; not known of a stream. */
  readonly size: number | undefined;
  /** The bytes: of a file from the start every time, of a stream from where it is. */
  read(): AsyncGenerator<Uint8Array>;
  /** Whether `read` would still give all of them. */
  replayable(): boolean;
  /** How many were read by the attempt that read most. */
  readBytes(): number;
  /** What reading threw, if it did. */
  failure(): unknown;
  /** Lets go of a stream, whatever is still expected of it. */
  close(): void;
}

/** Bytes. */
const PIECE = 64 * 1024;

export function openSource(file: UploadFile): Source {
  const again = 'stream' in file ? file : undefined;
  const once = 'stream' in file ? undefined : openBytes(file);
  let most = 0;
  let begun = false;
  let failure: unknown;
  async function* read(): AsyncGenerator<Uint8Array> {
    const chunks = once ?? openBytes((again as RereadableFile).stream());
    let bytes = 0;
    // From now on a chunk may arrive that no one awaits.
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
      if (!once) chunks.close();
    }
  }
  return {
    size: again?.size,
    read,
    replayable: () => !once || !begun,
    readBytes: () => most,
    failure: () => failure,
    close: () => once?.close(),
  };
}

/** Node returns an in-memory blob as one chunk, which would give no progress. */
function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}

interface Chunks {
  next(): Promise<IteratorResult<Uint8Array, unknown>>;
  close(): void;
}

/** Not a generator: to end, that would wait for a chunk which may never come. */
function openBytes(bytes: Bytes): Chunks {
  const ignore = () => {};
  if ('getReader' in bytes) {
    const reader = bytes.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<Uint8Array, unknown>>,
      close: () => void reader.cancel().catch(ignore),
    };
  }
  const chunks = bytes[Symbol.asyncIterator]();
  const close = () => {
    // A stream of Node.
    if ('destroy' in bytes && typeof bytes.destroy === 'function') bytes.destroy();
    chunks.return?.().catch(ignore);
  };
  return { next: () => chunks.next(), close };
}
