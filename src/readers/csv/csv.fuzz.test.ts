import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { oracle, reference } from '../../../test/support/readers/oracles.ts';
import {
  bufferSource,
  encoded,
  packed,
  piecesSource,
  rawFormat,
  readAll,
  readFile,
  readSteps,
} from '../../../test/support/readers/reading.ts';
import type { Row } from '../reader.ts';
import { openCsv } from './csv.ts';
import type { Delimiter } from './scan.ts';

vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 500 };
const COLUMNS = 2;

const delimiters = fc.constantFrom<Delimiter>(',', ';', '\t', '|');
const lineEnds = fc.constantFrom('\n', '\r\n', '\r');

/** Text of everything that has a meaning, and of characters of one to four bytes. */
const garbage = fc
  .array(fc.constantFrom('"', '"', ',', ';', '\r', '\n', '\r\n', 'a', ' ', 'é', '€', '😀', '""', 'x,y\n'), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));

/** The same with cells such as `="0006003"`, which are not of RFC 4180. */
const garbageWithFormulas = fc
  .array(fc.oneof({ arbitrary: garbage, weight: 3 }, fc.constantFrom('=', '="', '="a"', ',="a', ';="a""b"')), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

/** Bytes that are often no text at all. */
const garbageBytes = fc
  .array(fc.constantFrom(...Buffer.from('",\r\n;ab '), 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xed, 0xa0, 0), {
    maxLength: 40,
  })
  .map((bytes) => Buffer.from(bytes));

/** A table as somebody's program writes it: its own delimiter and line ends, quoted where it must be and where it likes. */
const tables = fc
  .record({
    delimiter: delimiters,
    mark: fc.constantFrom('', '\ufeff'),
    finalEnd: fc.boolean(),
    columns: fc.integer({ min: 2, max: 6 }),
    rows: fc.integer({ min: 0, max: 12 }),
  })
  .chain((shape) =>
    fc
      .array(
        fc.record({
          cells: fc.array(
            fc.record({
              value: fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 4 }), garbage),
              quote: fc.boolean(),
            }),
            { minLength: shape.columns, maxLength: shape.columns },
          ),
          end: lineEnds,
        }),
        { minLength: shape.rows, maxLength: shape.rows },
      )
      .map((rows) => ({ ...shape, rows })),
  )
  .map(({ delimiter, mark, finalEnd, columns, rows }) => {
    const header = Array.from({ length: columns }, (_, i) => `name${i}`);
    const body = rows
      .map(({ cells, end }) => cells.map((cell) => written(cell, delimiter)).join(delimiter) + end)
      .join('');
    const text = `${mark}${header.join(delimiter)}\n${body}`;
    const values = rows
      .map(({ cells }) => cells.map(({ value }) => value.replaceAll('\0', '')))
      .filter((_, i) => !rows[i]?.cells.every((cell) => /^[ \t]+$/.test(written(cell, delimiter))));
    return { text: finalEnd ? text : text.replace(/(\r\n|\r|\n)$/, ''), delimiter, header, values };
  });

function written({ value, quote }: { value: string; quote: boolean }, delimiter: string): string {
  const clean = value.replaceAll('\0', '');
  const must = quote || clean === '' || /["\r\n]/.test(clean) || clean.includes(delimiter);
  return must ? `"${clean.replaceAll('"', '""')}"` : clean;
}

const plain = (rows: readonly Row[]) => rows.map(({ line, cells }) => ({ line, cells }));
const judged = (rows: readonly Row[]) => rows.map(({ line, cells, error }) => ({ line, cells, code: error?.code }));

test('a table that any program may write is read as csv-parse reads it, line for line', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async ({ text, delimiter, header, values }) => {
      const source = bufferSource(Buffer.from(text));
      const { format, rows } = await readFile(source);
      fc.pre(format.delimiter === delimiter);
      expect(format.header).toEqual(header);
      expect(rows.map((row) => row.cells)).toEqual(values);
      expect(rows.filter((row) => row.error)).toEqual([]);
      expect(plain(rows)).toEqual(oracle(text.replace('\ufeff', ''), delimiter, header.length)?.slice(1));
    }),
    RUNS,
  );
});

test('the delimiter of a table is found, whatever its cells hold', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async ({ text, delimiter }) => {
      expect((await readFile(bufferSource(Buffer.from(text)))).format.delimiter).toBe(delimiter);
    }),
    RUNS,
  );
});

test('a table that declares its delimiter is read as that says, one line further down, from any record on', async () => {
  await fc.assert(
    fc.asyncProperty(tables, lineEnds, async ({ text, delimiter, header, values }, end) => {
      const bare = text.replace('\ufeff', '');
      const mark = text.slice(0, text.length - bare.length);
      const source = bufferSource(Buffer.from(`${mark}sep=${delimiter}${end}${bare}`));
      const { format, rows } = await readFile(source);
      expect({ ...format, rows: plain(rows) }).toMatchObject({
        delimiter,
        header,
        rows: oracle(bare, delimiter, header.length)
          ?.slice(1)
          .map(({ line, cells }) => ({ line: line + 1, cells })),
      });
      expect(rows.map(({ cells }) => cells)).toEqual(values);
      const { cursors } = await readSteps(source, format);
      for (const [i, cursor] of cursors.entries())
        expect(await readAll(source, format, cursor)).toEqual(rows.slice(i + 1));
    }),
    { numRuns: 200 },
  );
});

test('what csv-parse accepts of any text is read as it reads it, and what it refuses has an error of quoting', async () => {
  await fc.assert(
    fc.asyncProperty(garbage, delimiters, async (text, delimiter) => {
      const rows = await readAll(bufferSource(Buffer.from(text)), rawFormat({ delimiter }));
      const expected = oracle(text, delimiter);
      if (expected !== undefined) expect(plain(rows)).toEqual(expected);
      expect(rows.some((row) => row.error?.code === 'invalid_quoting')).toBe(expected === undefined);
    }),
    { numRuns: 3000 },
  );
});

test('any text is read as the rules say, errors and the lines after them too', async () => {
  await fc.assert(
    fc.asyncProperty(garbageWithFormulas, delimiters, async (text, delimiter) => {
      const rows = await readAll(bufferSource(Buffer.from(text)), rawFormat({ delimiter }, COLUMNS));
      expect(judged(rows)).toEqual(
        reference(text, delimiter, COLUMNS).map(({ line, cells, code }) => ({ line, cells, code })),
      );
    }),
    { numRuns: 3000 },
  );
});

test('a record too long to be held ends where it would have ended', async () => {
  await fc.assert(
    fc.asyncProperty(
      garbageWithFormulas,
      delimiters,
      fc.integer({ min: 1, max: 12 }),
      async (text, delimiter, maxRecordBytes) => {
        const limits = { maxRecordBytes, windowBytes: 2 };
        const rows = await readAll(
          bufferSource(Buffer.from(text)),
          rawFormat({ delimiter }, COLUMNS),
          undefined,
          limits,
        );
        const expected = reference(text, delimiter, COLUMNS).map(({ line, cells, code, bytes }) =>
          bytes > maxRecordBytes ? { line, cells: [], code: 'row_too_large' } : { line, cells, code },
        );
        expect(judged(rows)).toEqual(expected);
      },
    ),
    { numRuns: 2000 },
  );
});

test('however the stream is cut into buffers and windows, the rows are the same', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
  const inputs = fc.oneof(
    garbageBytes,
    garbageWithFormulas.map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      inputs,
      sizes,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 3, max: 60 }),
      async (bytes, cuts, windowBytes, maxRecordBytes) => {
        const whole = await readAll(bufferSource(bytes), rawFormat(), undefined, { maxRecordBytes });
        const limits = { windowBytes, maxRecordBytes };
        expect(await readAll(piecesSource(bytes, cuts), rawFormat(), undefined, limits)).toEqual(whole);
        expect(await readAll(piecesSource(bytes, [1]), rawFormat(), undefined, { ...limits, windowBytes: 1 })).toEqual(
          whole,
        );
      },
    ),
    { numRuns: 2000 },
  );
});

test('any bytes are read to their end, on lines that only go up, and only bad text is called bad text', async () => {
  await fc.assert(
    fc.asyncProperty(garbageBytes, async (bytes) => {
      const rows = await readAll(bufferSource(bytes), rawFormat());
      const lines = rows.map((row) => row.line);
      expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
      const isText = !bytes.includes(0) && Buffer.from(bytes.toString()).equals(bytes);
      const codes = rows.map((row) => row.error?.code);
      if (isText) expect(codes).not.toContain('invalid_encoding');
      else expect(codes.some((code) => code === 'invalid_encoding' || code === 'invalid_quoting')).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('reading goes on from any record boundary, in every encoding, compressed or not', async () => {
  const packings = fc.record({
    encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
    compression: fc.constantFrom('none', 'gzip'),
  });
  await fc.assert(
    fc.asyncProperty(garbage, packings, fc.integer({ min: 1, max: 64 }), async (any, packing, windowBytes) => {
      const text = packing.encoding === 'windows-1252' ? any.replaceAll('😀', 'ÿ') : any;
      const source = bufferSource(packed(encoded(text, packing.encoding), packing.compression), 7);
      const format = rawFormat(packing);
      const { rows, cursors } = await readSteps(source, format);
      expect(rows).toEqual(await readAll(bufferSource(Buffer.from(text)), rawFormat()));
      for (const [i, cursor] of cursors.entries()) {
        expect(await readAll(source, format, cursor, { windowBytes })).toEqual(rows.slice(i + 1));
      }
    }),
    { numRuns: 300 },
  );
});

test('a batch keeps to its limits, and always goes on', async () => {
  const limits = fc.record({ rows: fc.integer({ min: 0, max: 5 }), bytes: fc.integer({ min: 0, max: 30 }) });
  await fc.assert(
    fc.asyncProperty(garbage, limits, async (text, limit) => {
      const source = bufferSource(Buffer.from(text));
      const steps = await readSteps(source, rawFormat());
      const offsets = [0, ...steps.cursors.map((cursor) => cursor.offset)];
      const reader = openCsv(source, rawFormat(), undefined, { windowBytes: 3 });
      let read = 0;
      for (let done = false; !done; ) {
        const batch = await reader.read(limit);
        const took = (rows: number) => (offsets[read + rows] ?? 0) - (offsets[read] ?? 0);
        const count = batch.rows.length;
        expect(batch.rows).toEqual(steps.rows.slice(read, read + count));
        expect(count <= Math.max(1, limit.rows)).toBe(true);
        if (count > 1) expect(took(count - 1)).toBeLessThan(limit.bytes);
        if (!batch.done) expect(count >= 1 && (count >= limit.rows || took(count) >= limit.bytes)).toBe(true);
        read += count;
        done = batch.done;
        expect(done).toBe(read === steps.rows.length);
      }
    }),
    RUNS,
  );
});
