import { pipeline, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { bufferSource } from './bytes.ts';
import { openCsv } from './csv.ts';
import { describeCsv } from './describe-csv.ts';
import type { ByteSource, Row } from './reader.ts';
import { rawFormat, readAll } from './test-reading.ts';

const MB = 1e6;

/** Some text, then one buffer over and over until `size` bytes are out, then an end: large, and not in memory. */
function longSource(start: string, filling: string, size: number, end: string): ByteSource {
  const block = Buffer.from(filling.repeat(65_536 / filling.length));
  return {
    size,
    async *open(offset = 0) {
      if (offset === 0) yield Buffer.from(start);
      for (let given = 0; given < size; given += block.length) yield block;
      yield Buffer.from(end);
    },
  };
}

/** How far the process grew at most while `work` went on, in bytes. */
async function growth<T>(work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  const before = process.memoryUsage.rss();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() - before);
  }, 2);
  try {
    return { result: await work(), peak };
  } finally {
    clearInterval(timer);
  }
}

const summary = (rows: readonly Row[]) => rows.map((row) => [row.line, row.error?.code ?? 'ok', row.cells.length]);

test('a line of 300 MB is an error of its line and takes no memory', async () => {
  const source = longSource('a,1\n', 'x', 300 * MB, '\nb,2\n');
  const { result, peak } = await growth(() => readAll(source, rawFormat()));
  expect(summary(result)).toEqual([
    [1, 'ok', 2],
    [2, 'row_too_large', 0],
    [3, 'ok', 2],
  ]);
  expect(peak).toBeLessThan(60 * MB);
});

test('a quote left open for 300 MB takes no memory, and its lines are counted', async () => {
  const source = longSource('a,1\nb,"', 'x,""\ny\r\n', 300 * MB, '"\nc,3\n');
  const { result, peak } = await growth(() => readAll(source, rawFormat()));
  const lines = 2 * Math.ceil((300 * MB) / 65_536) * (65_536 / 8);
  expect(summary(result)).toEqual([
    [1, 'ok', 2],
    [2, 'row_too_large', 0],
    [3 + lines, 'ok', 2],
  ]);
  expect(peak).toBeLessThan(60 * MB);
});

test('300 MB of rows are read in constant memory', async () => {
  const source = longSource('', 'some,thing\nmo,re \n', 300 * MB, '');
  const { result, peak } = await growth(async () => {
    const reader = openCsv(source, rawFormat());
    let rows = 0;
    for (let done = false; !done; ) {
      const batch = await reader.read({ rows: 1000, bytes: MB });
      rows += batch.rows.length;
      done = batch.done;
    }
    return rows;
  });
  expect(result).toBeGreaterThan(30 * MB);
  expect(peak).toBeLessThan(100 * MB);
}, 30_000);

test('a gzip bomb is refused while it unpacks, before it takes memory', async () => {
  const source = longSource('a,b\n', '1,2\n', 400 * MB, '');
  const bomb = bufferSource(await buffer(pipeline(Readable.from(source.open()), createGzip({ level: 9 }), () => {})));
  expect(bomb.size).toBeLessThan(2 * MB);
  const format = await describeCsv(bomb);
  const { peak } = await growth(async () => {
    const reader = openCsv(bomb, format);
    let rows = 0;
    const reading = async () => {
      for (;;) rows += (await reader.read({ rows: 1000, bytes: MB })).rows.length;
    };
    const message = expect.stringMatching(
      /^The gzip file of [\d.]+ \w+ holds more than [\d.]+ MiB, the most that is accepted/,
    );
    await expect(reading()).rejects.toMatchObject({ code: 'compressed_too_large', message });
    expect(rows).toBeGreaterThan(10 * MB);
  });
  expect(peak).toBeLessThan(100 * MB);
}, 30_000);

test('a gzip bomb that is one line of zeros is refused, too', async () => {
  const source = longSource('', '\0', 200 * MB, '');
  const bomb = bufferSource(await buffer(pipeline(Readable.from(source.open()), createGzip({ level: 9 }), () => {})));
  const { peak } = await growth(async () => {
    await expect(readAll(bomb, rawFormat({ compression: 'gzip' }))).rejects.toMatchObject({
      code: 'compressed_too_large',
    });
  });
  expect(peak).toBeLessThan(60 * MB);
});

test('the limits on unpacking are options', async () => {
  const bytes = await buffer(pipeline(Readable.from([Buffer.alloc(1000, 'a,b\n')]), createGzip(), () => {}));
  const format = rawFormat({ compression: 'gzip' });
  const read = (maxInflatedBytes: number) => readAll(bufferSource(bytes), format, undefined, { maxInflatedBytes });
  expect(await read(1000)).toHaveLength(250);
  await expect(read(999)).rejects.toMatchObject({ code: 'compressed_too_large' });
});
