import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { bufferSource, encoded, packed, piecesSource } from '../../../test/support/readers/reading.ts';
import type { ByteSource, Cursor, JsonRow } from '../reader.ts';
import type { ReadLimits } from '../text/limits.ts';
import { describeNdjson, type NdjsonFormat } from './describe-ndjson.ts';
import { openNdjson } from './ndjson.ts';

vi.setConfig({ testTimeout: 60_000 });

const EVERYTHING = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

function rawFormat(format: Partial<NdjsonFormat> = {}): NdjsonFormat {
  return { compression: 'none', encoding: 'utf-8', body: { offset: 0, line: 1 }, ...format };
}

async function readAll(
  source: ByteSource,
  format = rawFormat(),
  cursor?: Cursor,
  limits?: Partial<ReadLimits>,
): Promise<JsonRow[]> {
  const reader = openNdjson(source, format, cursor, limits);
  const { rows, done } = await reader.read(EVERYTHING);
  await reader.close();
  expect(done).toBe(true);
  return rows;
}

/** A whole file, described first. */
async function readFile(content: string | Buffer): Promise<JsonRow[]> {
  const source = bufferSource(Buffer.from(content as string));
  return readAll(source, JSON.parse(JSON.stringify(await describeNdjson(source))));
}

/** A file of one line and what is wrong with it. */
async function errorOf(line: string | Buffer): Promise<[string | undefined, string | undefined]> {
  const [row] = await readFile(line);
  return [row?.error?.code, row?.error?.reason];
}

test('every line is a value, blank lines count as lines, and the last line needs no line end', async () => {
  expect(await readFile('{"a":1}\r\n\n \t\r\n[2]\n"x"\nnull\n  7 ')).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 4, value: [2] },
    { line: 5, value: 'x' },
    { line: 6, value: null },
    { line: 7, value: 7 },
  ]);
  expect(await readFile('\n\n  \n')).toEqual([]);
});

test('an empty file is refused, compressed or not', async () => {
  for (const content of [Buffer.alloc(0), gzipSync('')]) {
    await expect(readFile(content)).rejects.toMatchObject({ name: 'TaskError', code: 'empty_file' });
  }
});

test('a byte-order mark is no part of the first line, and tells UTF-16', async () => {
  const expected = [{ line: 1, value: { ü: '€😀' } }];
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be'] as const) {
    expect(await readFile(encoded('\ufeff{"ü":"€😀"}', encoding))).toEqual(expected);
  }
  expect(await readFile(gzipSync('\ufeff{"ü":"€😀"}'))).toEqual(expected);
});

test('a line that is not JSON is an error that shows the place and the line, cut', async () => {
  expect(await errorOf('  {"a": tru}')).toEqual([
    'invalid_json',
    'The line is not JSON: at column 9 a value is expected; found "  {"a": tru}".',
  ]);
  expect((await errorOf(`{"a":"${'x'.repeat(1000)}`))[1]).toMatch(
    /^The line is not JSON: at column 6 a string is not closed; found "\{"a":"x{114}…"\.$/,
  );
  expect((await errorOf('{"a":1}{"b":2}'))[1]).toContain('at column 8 the end of the text is expected');
  expect((await errorOf('a,b,c'))[0]).toBe('invalid_json');
});

test('the lines around a bad one are read', async () => {
  const rows = await readFile(Buffer.concat([Buffer.from('1\n"a'), Buffer.from([0xff]), Buffer.from('"\n{\n4\n')]));
  expect(rows.map((row) => row.error?.code ?? ('value' in row && row.value))).toEqual([
    1,
    'invalid_encoding',
    'invalid_json',
    4,
  ]);
});

test('what JSON can say and cannot be stored is an error of its line', async () => {
  for (const line of ['{"a":{"b":["\\u0000"]}}', '{"x\\u0000":1}', '"\\ud83d"', '["\\uDE00\\uD83D"]']) {
    expect(await errorOf(line)).toEqual(['invalid_encoding', expect.stringContaining('cannot be stored')]);
  }
  for (const line of ['[1e400]', '{"a":-1E+999}', `[1${'0'.repeat(310)}]`, `${'9'.repeat(299)}e99`]) {
    expect(await errorOf(line)).toEqual([
      'invalid_json',
      expect.stringContaining('a number that is too large to store'),
    ]);
  }
  for (const line of [
    '{"id":9007199254740993}',
    '[-12345678901234567890]',
    `[${'9'.repeat(300)}]`,
    '738529527931269425.0',
    '[7.38529527931269425e17]',
    '1e-400',
    '-0.12345678901234567',
  ]) {
    expect(await errorOf(line)).toEqual(['invalid_json', expect.stringContaining('Write it as a string in quotes')]);
  }
  const kept = [
    '"\\ud83d\\ude00"',
    '"\\\\u0000"',
    '1e308',
    '1.50',
    '-0.0',
    '0.1',
    '1e2',
    '5e-324',
    '1.7976931348623157e308',
    '"1e400"',
    '{"9007199254740993":9007199254740992}',
  ];
  expect((await readFile(kept.join('\n'))).map((row) => 'value' in row && row.value)).toEqual(
    kept.map((line) => JSON.parse(line)),
  );
});

test('a member named __proto__ is a member like others', async () => {
  const [row] = await readFile('{"__proto__":{"admin":true},"constructor":1}');
  const value = (row as { value: object }).value;
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect('admin' in {}).toBe(false);
});

test('a hundred thousand levels are read, or refused, without a crash', async () => {
  const [deep, broken, hidden] = await readFile(
    [
      '['.repeat(100_000) + ']'.repeat(100_000),
      '{"a":'.repeat(100_000),
      `${'['.repeat(100_000)}"\\u0000"${']'.repeat(100_000)}`,
    ].join('\n'),
  );
  let levels = 0;
  for (let at = (deep as { value: unknown }).value; Array.isArray(at); at = at[0]) levels += 1;
  expect(levels).toBe(100_000);
  expect(broken?.error?.reason).toContain('at column 500001 a value is expected');
  expect(hidden?.error?.code).toBe('invalid_encoding');
});

test('a line of the greatest length is read, and one byte more is an error, whatever ends it', async () => {
  for (const end of ['\n', '\r\n', '']) {
    for (const windowBytes of [1, 7, 64, 1000]) {
      const read = (bytes: number) => {
        const content = `1\n"${'x'.repeat(bytes - 2)}"${end}${end && '3'}`;
        return readAll(bufferSource(Buffer.from(content)), rawFormat(), undefined, {
          maxRecordBytes: 100,
          windowBytes,
        });
      };
      expect((await read(100))[1]).toEqual({ line: 2, value: 'x'.repeat(98) });
      const [, second, third] = await read(101);
      expect(second).toEqual({
        line: 2,
        error: { code: 'row_too_large', reason: expect.stringContaining('100 bytes') },
      });
      expect(third).toEqual(end ? { line: 3, value: 3 } : undefined);
    }
  }
});

/** Lines of everything that has a meaning, and of characters of one to four bytes. */
const texts = fc
  .array(
    fc.constantFrom(
      '{"a":1}',
      '[',
      ']',
      '"é€😀"',
      '\n',
      '\n',
      '\r\n',
      '\r',
      ' ',
      '\t',
      '12',
      'null',
      '\\',
      '"',
      '{"__proto__":2}',
      '\0',
      '\ufeff',
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

/** The rules once more, on strings and slow. */
function reference(text: string, maxRecordBytes: number): { line: number; value?: unknown; code?: string }[] {
  const lines = text
    .split('\n')
    .map((line, index, all) => (index < all.length - 1 || line ? line.replace(/\r$/, '') : ''));
  return lines.flatMap((content, index): { line: number; value?: unknown; code?: string }[] => {
    const line = index + 1;
    if (/^[ \t\r]*$/.test(content)) return [];
    if (Buffer.byteLength(content) > maxRecordBytes) return [{ line, code: 'row_too_large' }];
    try {
      return [{ line, value: JSON.parse(content) }];
    } catch {
      return [{ line, code: 'invalid_json' }];
    }
  });
}

const judged = (rows: readonly JsonRow[]) =>
  rows.map((row) => ('value' in row ? { line: row.line, value: row.value } : { line: row.line, code: row.error.code }));

test('any text is read as the rules say, however it is cut into buffers and windows', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
  const limits = fc.record({
    windowBytes: fc.integer({ min: 1, max: 40 }),
    maxRecordBytes: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(texts, sizes, limits, async (text, cuts, limit) => {
      const bytes = Buffer.from(text);
      const whole = await readAll(bufferSource(bytes), rawFormat(), undefined, {
        maxRecordBytes: limit.maxRecordBytes,
      });
      expect(judged(whole)).toEqual(reference(text, limit.maxRecordBytes));
      expect(await readAll(piecesSource(bytes, cuts), rawFormat(), undefined, limit)).toEqual(whole);
      expect(await readAll(piecesSource(bytes, [1]), rawFormat(), undefined, { ...limit, windowBytes: 1 })).toEqual(
        whole,
      );
    }),
    { numRuns: 2000 },
  );
});

test('reading goes on from the cursor of every batch, in every encoding, compressed or not', async () => {
  const packings = fc.record({
    encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
    compression: fc.constantFrom('none', 'gzip'),
  });
  await fc.assert(
    fc.asyncProperty(texts, packings, fc.integer({ min: 1, max: 64 }), async (text, packing, windowBytes) => {
      const source = bufferSource(packed(encoded(text, packing.encoding), packing.compression), 7);
      const format = rawFormat(packing);
      const reader = openNdjson(source, format);
      const rows: JsonRow[] = [];
      const cursors: Cursor[] = [];
      for (let done = false; !done; ) {
        const batch = await reader.read({ rows: 1, bytes: Number.POSITIVE_INFINITY });
        rows.push(...batch.rows);
        cursors.push(batch.cursor);
        done = batch.done;
      }
      // Each batch has a row, and the one with the last knows that it is the last.
      expect(cursors.length).toBe(Math.max(1, rows.length));
      expect(rows).toEqual(await readAll(bufferSource(Buffer.from(text))));
      for (const [i, cursor] of cursors.entries()) {
        expect(await readAll(source, format, cursor, { windowBytes })).toEqual(rows.slice(i + 1));
      }
    }),
    { numRuns: 500 },
  );
});

test('a batch keeps to its limits, knows when it is the last, and a damaged gzip file says so', async () => {
  const reader = openNdjson(bufferSource(Buffer.from('1\n\n2\n3\n4')), rawFormat());
  expect(await reader.read({ rows: 1, bytes: 100 })).toMatchObject({
    cursor: { offset: 3, line: 3 },
    consumed: 3,
    done: false,
  });
  expect(await reader.read({ rows: 9, bytes: 3 })).toMatchObject({
    rows: [{ line: 3 }, { line: 4 }],
    cursor: { offset: 7, line: 5 },
  });
  expect(await reader.read({ rows: 9, bytes: 0 })).toMatchObject({ rows: [{ line: 5 }], consumed: 8, done: true });
  const cut = gzipSync('1\n2\n').subarray(0, 20);
  await expect(readAll(bufferSource(cut), rawFormat({ compression: 'gzip' }))).rejects.toMatchObject({
    code: 'file_unreadable',
  });
});
