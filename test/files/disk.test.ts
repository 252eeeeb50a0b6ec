import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDiskStore } from '../../src/files/disk.ts';
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
