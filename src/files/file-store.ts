import type { ByteSource } from '../readers/reader.ts';
import { newId, toHex24 } from '../task/ids.ts';

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
   * @param key a new key that the caller has written down before, so that the file is found if nobody hears of the end
   * @throws StoreFullError
   */
  put(bytes: AsyncIterable<Buffer>, key?: string): Promise<StoredBytes>;
  /** The stored bytes, readable from any offset. @throws FileMissingError when reading starts */
  source(key: string, size: number): ByteSource;
  /** Removes the file; one that is not there is no error. */
  remove(key: string): Promise<void>;
}

/** A key that no file has: in one of 256 folders, by the random end of an id, so that no folder gets long. */
export function newKey(): string {
  const name = toHex24(newId());
  return `${name.slice(-2)}/${name}`;
}

/** The store does not have the file of that key. */
export class FileMissingError extends Error {
  override readonly name = 'FileMissingError';
}

/** The store has no room for the file. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}
