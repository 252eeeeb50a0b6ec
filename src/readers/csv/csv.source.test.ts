import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bufferSource, rawFormat, readAll, readFile } from '../../../test/support/readers/reading.ts';
import { openDiskStore } from '../../files/disk.ts';
import { openCsv } from './csv.ts';

const MB = 1e6;

test('the cursor of a batch stands on the next record, behind blank lines, and the last batch knows it is the last', async () => {
  const reader = openCsv(bufferSource(Buffer.from('a,1\n\n\nb,2\n\n')), rawFormat());
  const limit = { rows: 1, bytes: 1000 };
  expect(await reader.read(limit)).toMatchObject({ cursor: { offset: 6, line: 4 }, consumed: 6, done: false });
  expect(await reader.read(limit)).toMatchObject({ cursor: { offset: 11, line: 6 }, consumed: 11, done: true });
  expect(await reader.read(limit)).toMatchObject({ rows: [], done: true });
});

test('consumed counts stored bytes: compressed ones of a compressed file, all of them at its end', async () => {
  const text = Buffer.from(Array.from({ length: 100_000 }, (_, i) => `${i},${Math.sin(i)}\n`).join(''));
  const source = bufferSource(gzipSync(text), 1000);
  const reader = openCsv(source, rawFormat({ compression: 'gzip' }));
  const consumed: number[] = [];
  for (let done = false; !done; ) {
    const batch = await reader.read({ rows: 10_000, bytes: Number.POSITIVE_INFINITY });
    consumed.push(batch.consumed);
    done = batch.done;
  }
  expect(consumed).toEqual([...consumed].sort((a, b) => a - b));
  expect(consumed.at(-1)).toBe(source.size);
  expect(consumed[4]).toBeGreaterThan(source.size * 0.4);
  expect(consumed[4]).toBeLessThan(source.size * 0.7);
});

test('a gzip file of several members is one file', async () => {
  const source = bufferSource(Buffer.concat([gzipSync('a,1\nb'), gzipSync(',2\n'), gzipSync('c,3')]));
  const rows = await readAll(source, rawFormat({ compression: 'gzip' }));
  expect(rows.map((row) => row.cells)).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ]);
});

test('padding behind a gzip file is no part of it, and does not keep its reader from the end', async () => {
  const source = bufferSource(Buffer.concat([gzipSync('a,1\n'), Buffer.alloc(MB)]), 1000);
  const batch = await openCsv(source, rawFormat({ compression: 'gzip' })).read({ rows: 10, bytes: MB });
  expect(batch).toMatchObject({ rows: [{ cells: ['a', '1'] }], done: true, consumed: source.size });
});

test('a gzip file that is cut or damaged fails with what to do, and goes on failing', async () => {
  const whole = gzipSync(Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${i},${Math.sin(i)}\n`).join('')));
  const damaged = Buffer.from(whole);
  damaged.fill(0xaa, whole.length - 2000, whole.length - 1000);
  const expected = [
    [whole.subarray(0, whole.length - 1000), /^The gzip file ends too early: /],
    [damaged, /^The gzip file is damaged \(.*\): compress and upload the file again/],
  ] as const;
  for (const [bytes, message] of expected) {
    const reader = openCsv(bufferSource(bytes, 4096), rawFormat({ compression: 'gzip' }));
    expect((await reader.read({ rows: 10, bytes: 1000 })).rows).toHaveLength(10);
    const all = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
    for (const _ of [1, 2]) {
      await expect(reader.read(all)).rejects.toMatchObject({
        name: 'TaskError',
        code: 'file_unreadable',
        message: expect.stringMatching(message),
      });
    }
    await reader.close();
  }
});

test('an error of the source passes through as it is, compressed or not', async () => {
  const failing = (start: Buffer) => ({
    size: 1000,
    async *open() {
      yield start;
      throw new Error('the disk is gone');
    },
  });
  for (const [compression, start] of [
    ['none', Buffer.from('a,1\n')],
    ['gzip', gzipSync('a,1\n').subarray(0, 15)],
  ] as const) {
    await expect(readAll(failing(start), rawFormat({ compression }))).rejects.toThrow(/^the disk is gone$/);
  }
});

test('closing a reader releases the source, and one that read nothing never opened it', async () => {
  for (const compression of ['none', 'gzip'] as const) {
    const block = compression === 'gzip' ? gzipSync('a,1\n') : Buffer.from('a,1\n');
    const opened: Readable[] = [];
    const source = {
      size: 100,
      open() {
        const stream = new Readable({ read: () => stream.push(block) });
        opened.push(stream);
        return stream;
      },
    };
    await openCsv(source, rawFormat({ compression })).close();
    expect(opened).toHaveLength(0);
    const begun = openCsv(source, rawFormat({ compression }));
    await begun.read({ rows: 1, bytes: 10 });
    expect(opened.map((stream) => stream.destroyed)).toEqual([false]);
    await begun.close();
    await expect.poll(() => opened.map((stream) => stream.destroyed)).toEqual([true]);
  }
});

test('a file on disk is read from any of its cursors', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openbulk-csv-'));
  try {
    const store = await openDiskStore(folder);
    const content = Buffer.from(
      `\ufeffname;size\n${Array.from({ length: 50_000 }, (_, i) => `"ü ${i}";${i}\n`).join('')}`,
    );
    const { key, size } = await store.put(Readable.from([content]));
    const source = store.source(key, size);
    const { format, rows } = await readFile(source);
    expect(format).toMatchObject({ delimiter: ';', header: ['name', 'size'], body: { offset: 13, line: 2 } });
    expect(rows).toHaveLength(50_000);
    const reader = openCsv(source, format);
    const { cursor } = await reader.read({ rows: 40_000, bytes: 1e9 });
    await reader.close();
    expect(await readAll(source, format, cursor)).toEqual(rows.slice(40_000));
  } finally {
    await rm(folder, { recursive: true });
  }
});
