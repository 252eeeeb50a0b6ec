import type { ByteSource } from '../readers/reader.ts';

/** What an upload became once it was stored. */
export interface StoredBytes {
  /** Its name in the store. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 in lower-case hex. */
  readonly sha256: string;
}

/** Where uploads are kept. What `put` returned is durable; what it did not return is not there. */
export interface FileStore {
  /**
   * Streams bytes in, hashing on the way. On an error, or when the input ends early by one, nothing stays behind.
   *
   * @throws StoreFullError
   */
  put(bytes: AsyncIterable<Buffer>): Promise<StoredBytes>;
  /** The stored bytes, readable from any offset. @throws FileMissingError when reading starts */
  source(key: string, size: number): ByteSource;
  /** Removes the file; one that is not there is no error. */
  remove(key: string): Promise<void>;
}

/** The store does not have the file of that key. */
export class FileMissingError extends Error {
  override readonly name = 'FileMissingError';
}

/** The store has no room for the file. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}
