import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '../readers/reader.ts';
import { type DiskClock, diskClock } from './disk-clock.ts';
import { type DiskFolders, removeAbandoned, storeWhole } from './disk-partial.ts';
import { diskRoom } from './disk-room.ts';
import { ABANDONED_MILLISECONDS, FileMissingError, type FileStore, newKey, StoreFullError } from './file-store.ts';
import { isMissing } from './is-missing.ts';
import { makeFolder } from './make-folder.ts';

/** Reads of this size keep the processor busy with parsing rather than with reads. */
const READ_BYTES = 256 * 1024;
/** Keys that are given at once. */
const TOGETHER = 1_000;

/**
 * A file store in a folder of the local (or a shared) disk.
 *
 * @param options `reserveBytes` that are left free on that disk; none when not given
 */
export async function openDiskStore(folder: string, options: { reserveBytes?: number } = {}): Promise<FileStore> {
  const partial = join(folder, 'partial');
  makeFolder(partial);
  const disk: DiskFolders = {
    folder,
    partial,
    clock: diskClock(partial),
    room: diskRoom(folder, options.reserveBytes ?? 0),
  };
  await removeAbandoned(disk, ABANDONED_MILLISECONDS);

  return {
    async put(bytes, key = newKey()) {
      try {
        return await storeWhole(disk, bytes, key);
      } catch (error) {
        throw isFull(error) ? new StoreFullError(`No space left in ${folder}`, { cause: error }) : error;
      }
    },
    requireRoom: (bytes) => disk.room.require(bytes),
    source: (key, size) => diskSource(join(folder, key), size),
    remove: (key) => rm(join(folder, key), { force: true }),
    keys: () => walk(folder),
    age: (key) => ageOf(join(folder, key), disk.clock),
    removeUnfinished: (milliseconds) => removeAbandoned(disk, milliseconds),
    claim: (owner) => claim(disk, owner),
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function diskSource(path: string, size: number): ByteSource {
  return {
    size,
    async *open(offset = 0) {
      try {
        // Each read makes a buffer of this size, however little is left to read; with a byte more, one read finds the end as well.
        const highWaterMark = Math.max(1, Math.min(READ_BYTES, size - offset + 1));
        yield* createReadStream(path, { start: offset, highWaterMark });
      } catch (error) {
        throw isMissing(error) ? new FileMissingError(`No file ${path}`) : error;
      }
    },
  };
}

/** Holds the names of one folder of 256. What has no name of ours is not ours, and never given. */
async function* walk(folder: string): AsyncGenerator<readonly string[]> {
  let some: string[] = [];
  for (const inner of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
    const names = await readdir(join(folder, inner));
    for (const name of names.filter((each) => /^[0-9a-f]{24}$/.test(each)).sort()) {
      some.push(`${inner}/${name}`);
      if (some.length < TOGETHER) continue;
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}

async function ageOf(path: string, clock: DiskClock): Promise<number | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    return (await clock()) - mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whole at once, or by another process: `link` gives a name to what is written already. */
async function claim({ folder, partial }: DiskFolders, owner: string): Promise<string> {
  const path = join(folder, 'owner');
  const draft = join(partial, `.owner-${randomUUID()}`);
  try {
    const known = await readFile(path, 'utf8').catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (known !== undefined) return known.trim();
    await writeFile(draft, `${owner}\n`, { mode: 0o600, flush: true });
    await link(draft, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    return (await readFile(path, 'utf8')).trim();
  } finally {
    await rm(draft, { force: true });
  }
}
