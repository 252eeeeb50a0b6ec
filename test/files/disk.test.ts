import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDiskStore } from '../../src/files/disk.ts';
import { diskRoom } from '../../src/files/disk-room.ts';
import { FileMissingError, StoreFullError } from '../../src/files/file-store.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbulk-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* bytes(...parts: string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function readAll(source: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = [];
  for await (const piece of source) read.push(piece);
  return Buffer.concat(read).toString();
}

test('what was put can be read from any offset, until it is removed', async () => {
  const store = await openDiskStore(folder);
  const { key, size, sha256 } = await store.put(bytes('abc', '', 'def'));
  expect({ size, sha256 }).toEqual({
    size: 6,
    sha256: 'bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721',
  });
  const source = store.source(key, size);
  expect(await readAll(source.open())).toBe('abcdef');
  expect(await readAll(source.open(4))).toBe('ef');
  expect(await readAll(source.open(6))).toBe('');
  await store.remove(key);
  await store.remove(key);
  await expect(readAll(source.open())).rejects.toBeInstanceOf(FileMissingError);
});

test('an upload that breaks off leaves nothing behind', async () => {
  const store = await openDiskStore(folder);
  const broken = (error: Error) =>
    store.put(
      (async function* () {
        yield* bytes('abc');
        throw error;
      })(),
    );
  await expect(broken(new Error('gone'))).rejects.toThrow('gone');
  await expect(broken(Object.assign(new Error(), { code: 'ENOSPC' }))).rejects.toBeInstanceOf(StoreFullError);
  expect(await readdir(folder)).toEqual(['partial']);
  expect(await readdir(join(folder, 'partial'))).toEqual([]);
});

test('unfinished uploads of a process that died are removed by a later start, those of a living one are not', async () => {
  await openDiskStore(folder);
  const partial = join(folder, 'partial');
  await writeFile(join(partial, 'old'), 'x');
  await writeFile(join(partial, 'new'), 'x');
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(partial, 'old'), longAgo, longAgo);
  await openDiskStore(folder);
  expect(await readdir(partial)).toEqual(['new']);
});

test('an upload that goes on says so, however slowly its bytes come, and is not taken for abandoned', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const store = await openDiskStore(folder);
    let finish = () => {};
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    const slow = store.put(
      (async function* () {
        yield* bytes('abc');
        await waiting;
        yield* bytes('def');
      })(),
    );
    const partial = join(folder, 'partial');
    const names = async () => (await readdir(partial)).filter((name) => !name.startsWith('.'));
    while ((await names()).length === 0) await new Promise(setImmediate);
    const path = join(partial, (await names())[0] as string);
    // Nothing came for 59 minutes, in each of which it could have been looked at by another process.
    const longAgo = new Date(Date.now() - 59 * 60_000);
    await utimes(path, longAgo, longAgo);
    vi.advanceTimersByTime(10 * 60_000);
    while (Date.now() - (await stat(path)).mtimeMs > 60_000) await new Promise(setImmediate);
    expect(await store.removeUnfinished(60_000)).toBe(0);
    finish();
    expect((await slow).size).toBe(6);
  } finally {
    vi.useRealTimers();
  }
});

test('the keys are given in order, some at a time, and only those that are ours', async () => {
  const store = await openDiskStore(folder);
  const put: string[] = [];
  for (let i = 0; i < 1_100; i += 1) put.push((await store.put(bytes('x'))).key);
  await mkdir(join(folder, 'lost+found'));
  await writeFile(join(folder, (put[0] as string).slice(0, 2), 'notes.txt'), 'x');
  const pages: (readonly string[])[] = [];
  for await (const keys of store.keys()) pages.push(keys);
  expect(pages.map(({ length }) => length)).toEqual([1_000, 100]);
  expect(pages.flat()).toEqual(put.sort());
});

test('a store belongs to the first who claims it', async () => {
  const stores = await Promise.all(Array.from({ length: 5 }, () => openDiskStore(folder)));
  const owners = await Promise.all(stores.map((store, i) => store.claim(`owner ${i}`)));
  expect(new Set(owners).size).toBe(1);
  expect(await stores[0]?.claim('another')).toBe(owners[0]);
  expect(await readdir(join(folder, 'partial'))).toEqual([]);
});

test('where the reserve is reached, nothing is stored, and what is being stored is given up', async () => {
  const full = await openDiskStore(folder, { reserveBytes: Number.MAX_SAFE_INTEGER });
  await expect(full.put(bytes('x'))).rejects.toBeInstanceOf(StoreFullError);
  await expect(full.requireRoom(0)).rejects.toBeInstanceOf(StoreFullError);
  expect(await readdir(join(folder, 'partial'))).toEqual([]);

  const MiB = 1024 * 1024;
  let free = 40;
  const room = diskRoom(folder, 10 * MiB, async () => ({ bavail: free, bsize: MiB, blocks: 100 }));
  await room.require(30 * MiB);
  await expect(room.require(31 * MiB)).rejects.toBeInstanceOf(StoreFullError);
  const upload = room.watch();
  for (let written = 0; written < 24; written += 1) {
    await upload.take(MiB);
    free -= 1;
  }
  free -= 10;
  await expect(
    (async () => {
      for (let more = 0; more < 9; more += 1) await upload.take(MiB);
    })(),
  ).rejects.toBeInstanceOf(StoreFullError);
  // A file system that does not know how large it is has room.
  await diskRoom(folder, MiB, async () => ({ bavail: 0, bsize: MiB, blocks: 0 })).require(1);
});
