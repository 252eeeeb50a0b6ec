import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DiskClock } from './disk-clock.ts';
import type { DiskRoom } from './disk-room.ts';
import { FileMissingError, type StoredBytes } from './file-store.ts';
import { isMissing } from './is-missing.ts';

/** How often an upload reports that it is active: five reports can fail before it counts as abandoned. */
const ALIVE_MILLISECONDS = 600_000;

export interface DiskFolders {
  readonly folder: string;
  /** Where files are until they are whole. */
  readonly partial: string;
  readonly clock: DiskClock;
  readonly room: DiskRoom;
}

/**
 * Writes bytes to a partial file, and moves it to its key when they are whole and on the disk. On an error nothing stays.
 *
 * @throws FileMissingError when it was removed meanwhile
 */
export async function storeWhole(disk: DiskFolders, bytes: AsyncIterable<Buffer>, key: string): Promise<StoredBytes> {
  const unfinished = join(disk.partial, basename(key));
  const path = join(disk.folder, key);
  try {
    const written = await write(disk, unfinished, bytes);
    // A power cut must not take the folder away with the file in it.
    if (await mkdir(dirname(path), { recursive: true })) await syncFolder(disk.folder);
    await rename(unfinished, path).catch((error: Error) => {
      // A sweep has deleted it as abandoned.
      throw isMissing(error) ? new FileMissingError(`The file no longer exists (${error.message})`) : error;
    });
    await syncFolder(dirname(path));
    return { key, ...written };
  } catch (error) {
    await rm(unfinished, { force: true });
    await rm(path, { force: true });
    throw error;
  }
}

async function write(disk: DiskFolders, path: string, bytes: AsyncIterable<Buffer>): Promise<Omit<StoredBytes, 'key'>> {
  const hash = createHash('sha256');
  const room = disk.room.watch();
  let size = 0;
  await room.take(0);
  const file = await open(path, 'wx', 0o600);
  const alive = setInterval(() => void sayAlive(file, disk.clock), ALIVE_MILLISECONDS).unref();
  try {
    for await (const chunk of bytes) {
      await room.take(chunk.length);
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    clearInterval(alive);
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** By the disk's clock, as if a byte had come. What fails is tried again the next time. */
async function sayAlive(file: FileHandle, clock: DiskClock): Promise<void> {
  try {
    const seconds = (await clock()) / 1_000;
    await file.utimes(seconds, seconds);
  } catch {}
}

/** Deletes partial files without a report for this long. @returns how many */
export async function removeAbandoned(
  { partial, clock }: Pick<DiskFolders, 'partial' | 'clock'>,
  milliseconds: number,
): Promise<number> {
  const names = await readdir(partial);
  if (names.length === 0) return 0;
  const now = await clock();
  let removed = 0;
  for (const name of names) {
    const path = join(partial, name);
    // One that is not there any more is whole now, or removed.
    const found = await stat(path).catch(() => undefined);
    if (!found || now - found.mtimeMs <= milliseconds) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
