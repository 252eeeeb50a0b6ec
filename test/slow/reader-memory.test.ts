import { pipeline, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import { openCsv } from '../../src/readers/csv/csv.ts';
import { type CsvFormat, describeCsv } from '../../src/readers/csv/describe-csv.ts';
import { openNdjson } from '../../src/readers/ndjson/ndjson.ts';
import type { ByteSource, Row } from '../../src/readers/reader.ts';
import { bufferSource, rawFormat, readAll } from '../support/readers/reading.ts';

const MB = 1e6;

/** How far the process grew at most, in bytes. Sources take the samples: while they answer at once, no timer ever runs. */
const memory = {
  before: 0,
  peak: 0,
  start() {
    this.before = process.memoryUsage.rss();
    this.peak = 0;
  },
  sample() {
    this.peak = Math.max(this.peak, process.memoryUsage.rss() - this.before);
  },
};

/** Some text, then one buffer over and over until `size` bytes are out, then an end: large, and not in memory. */
function longSource(start: string, filling: string, size: number, end: string): ByteSource {
  const block = Buffer.from(filling.repeat(65_536 / filling.length));
  return {
    size,
    async *open(offset = 0) {
      if (offset === 0) yield Buffer.from(start);
      for (let given = 0; given < size; given += block.length) {
        yield block;
        memory.sample();
      }
      yield Buffer.from(end);
    },
  };
}

async function bombOf(source: ByteSource): Promise<ByteSource> {
  return bufferSource(await buffer(pipeline(Readable.from(source.open()), createGzip({ level: 9 }), () => {})));
}

/** Reads to the end, or to what it throws. */
async function countRows(source: ByteSource, format: CsvFormat): Promise<number> {
  const reader = openCsv(source, format);
  for (let rows = 0; ; memory.sample()) {
    const batch = await reader.read({ rows: 1000, bytes: MB });
    rows += batch.rows.length;
    if (batch.done) return rows;
  }
}

const summary = (rows: readonly Row[]) => rows.map((row) => [row.line, row.error?.code ?? 'ok', row.cells.length]);

test('a line of 300 MB is an error of its line and takes no memory', async () => {
  const source = longSource('a,1\n', 'x', 300 * MB, '\nb,2\n');
  memory.start();
  expect(summary(await readAll(source, rawFormat()))).toEqual([
    [1, 'ok', 2],
    [2, 'row_too_large', 0],
    [3, 'ok', 2],
  ]);
  expect(memory.peak).toBeLessThan(60 * MB);
});

test('a quote left open for 300 MB takes no memory, and its lines are counted', async () => {
  const source = longSource('a,1\nb,"', 'x,""\ny\r\n', 300 * MB, '"\nc,3\n');
  const lines = 2 * Math.ceil((300 * MB) / 65_536) * (65_536 / 8);
  memory.start();
  expect(summary(await readAll(source, rawFormat()))).toEqual([
    [1, 'ok', 2],
    [2, 'row_too_large', 0],
    [3 + lines, 'ok', 2],
  ]);
  expect(memory.peak).toBeLessThan(60 * MB);
});

test('a line of JSON of 300 MB is an error of its line and takes no memory, and a blank one is none', async () => {
  const format = { compression: 'none', encoding: 'utf-8', body: { offset: 0, line: 1 } } as const;
  for (const [filling, expected] of [
    ['x', [1, 2, 3]],
    [' ', [1, 3]],
  ] as const) {
    memory.start();
    const reader = openNdjson(longSource('1\n', filling, 300 * MB, '\n3\n'), format);
    const { rows } = await reader.read({ rows: 10, bytes: Number.POSITIVE_INFINITY });
    expect(rows.map(({ line }) => line)).toEqual(expected);
    expect(rows.filter(({ error }) => error).map(({ error }) => error?.code)).toEqual(
      filling === 'x' ? ['row_too_large'] : [],
    );
    expect(memory.peak).toBeLessThan(60 * MB);
  }
});

test('300 MB of rows are read in constant memory', async () => {
  memory.start();
  const rows = await countRows(longSource('', 'some,thing\nmo,re\n', 300 * MB, ''), rawFormat());
  expect(rows).toBeGreaterThan(30 * MB);
  expect(memory.peak).toBeLessThan(200 * MB); // V8's own room for young objects; all rows would be gigabytes
});

test('a gzip bomb of rows is refused while it unpacks, and takes no memory', async () => {
  const bomb = await bombOf(longSource('a,b\n', '1,2\n', 400 * MB, ''));
  const format = await describeCsv(bomb);
  memory.start();
  await expect(countRows(bomb, format)).rejects.toMatchObject({
    code: 'compressed_too_large',
    message: expect.stringMatching(/^The gzip file of [\d.]+ \w+ expands to more than [\d.]+ MiB, the limit/),
  });
  expect(memory.peak).toBeLessThan(100 * MB);
});

test('a gzip bomb of one line of zeros is refused, too', async () => {
  const bomb = await bombOf(longSource('', '\0', 200 * MB, ''));
  const refusal = { code: 'compressed_too_large' };
  const counting = setInterval(() => memory.sample(), 1);
  memory.start();
  await expect(readAll(bomb, rawFormat({ compression: 'gzip' }))).rejects.toMatchObject(refusal);
  clearInterval(counting);
  expect(memory.peak).toBeLessThan(60 * MB);
});

test('the limits on unpacking are options', async () => {
  const bomb = await bombOf(bufferSource(Buffer.alloc(1000, 'a,b\n')));
  const read = (maxInflatedBytes: number) =>
    readAll(bomb, rawFormat({ compression: 'gzip' }), undefined, { maxInflatedBytes });
  expect(await read(1000)).toHaveLength(250);
  await expect(read(999)).rejects.toMatchObject({ code: 'compressed_too_large' });
  const dense = await bombOf(longSource('', '1,2\n', 100 * MB, ''));
  const last = { offset: 100 * MB, line: 25_000_001 };
  const readLast = (maxExpansion: number) => readAll(dense, rawFormat({ compression: 'gzip' }), last, { maxExpansion });
  expect((await readLast(2000)).length).toBeGreaterThan(0);
  await expect(readLast(200)).rejects.toMatchObject({ code: 'compressed_too_large' });
});
