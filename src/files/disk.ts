import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ByteSource } from '../readers/reader.ts';
import { FileMissingError, type FileStore, newKey, type StoredBytes, StoreFullError } from './file-store.ts';

/** Reads of this size keep the processor busy with parsing rather than with reads. */
const READ_BYTES = 256 * 1024;
/** An unfinished upload that nobody has written to for this long belongs to a process that is gone. */
const ABANDONED_MILLISECONDS = 3_600_000;

/** A file store in a folder of the local (or a shared) disk. */
export async function openDiskStore(folder: string): Promise<FileStore> {
  const partial = join(folder, 'partial');
  await mkdir(partial, { recursive: true });
  await removeAbandoned(partial);

  return {
    async put(bytes, key = newKey()) {
      const unfinished = join(partial, basename(key));
      try {
        const { size, sha256 } = await write(unfinished, bytes);
        const path = join(folder, key);
        await mkdir(dirname(path), { recursive: true });
        await rename(unfinished, path);
        await syncFolder(dirname(path));
        return { key, size, sha256 };
      } catch (error) {
        await rm(unfinished, { force: true });
        throw isFull(error) ? new StoreFullError(`No room left in ${folder}`, { cause: error }) : error;
      }
    },
    source: (key, size) => diskSource(join(folder, key), size),
    remove: (key) => rm(join(folder, key), { force: true }),
  };
}

async function write(path: string, bytes: AsyncIterable<Buffer>): Promise<Omit<StoredBytes, 'key'>> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function diskSource(path: string, size: number): ByteSource {
  return {
    size,
    async *open(offset = 0) {
      try {
        yield* createReadStream(path, { start: offset, highWaterMark: READ_BYTES });
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
          throw new FileMissingError(`No file ${path}`);
        throw error;
      }
    },
  };
}

async function removeAbandoned(partial: string): Promise<void> {
  for (const name of await readdir(partial)) {
    const path = join(partial, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > ABANDONED_MILLISECONDS) await rm(path, { force: true });
  }
}
