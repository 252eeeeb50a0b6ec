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
   * @param key a new key that the caller has recorded before, so that the file is found if the end is never reported
   * @throws StoreFullError
   */
  put(bytes: AsyncIterable<Buffer>, key?: string): Promise<StoredBytes>;
  /** Checks that there is space for this many bytes, as far as known before they arrive. @throws StoreFullError */
  requireRoom(bytes: number): Promise<void>;
  /** The stored bytes, readable from any offset. @throws FileMissingError when reading starts */
  source(key: string, size: number): ByteSource;
  /** Removes the file; one that is not there is no error. */
  remove(key: string): Promise<void>;
  /** The keys of all files in the order of their bytes, some at a time. What is put meanwhile may be among them or not. */
  keys(): AsyncIterable<readonly string[]>;
  /** Milliseconds since the file was written, by the store's own clock; `undefined` when it is not there. */
  age(key: string): Promise<number | undefined>;
  /**
   * Deletes partial uploads that no process has written for this many milliseconds, by the store's own clock. An upload that is
   * under way says so every few minutes, however slowly its bytes come.
   *
   * @returns how many there were
   */
  removeUnfinished(milliseconds: number): Promise<number>;
  /** Records the owner of the files, unless there is one already. @returns the owner */
  claim(owner: string): Promise<string>;
}

/** A partial upload without a write for this long belongs to a dead process, ms. */
export const ABANDONED_MILLISECONDS = 3_600_000;

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
