import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bufferSource, encoded, piecesSource } from '../../../test/support/readers/reading.ts';
import type { TaskErrorCode } from '../../task/errors.ts';
import { type CsvFormat, type DescribeOptions, describeCsv } from './describe-csv.ts';

const describe = (content: string | Buffer, options?: DescribeOptions): Promise<CsvFormat> =>
  describeCsv(bufferSource(Buffer.from(content)), options);

async function refused(content: string | Buffer, code: TaskErrorCode, message: RegExp, options?: DescribeOptions) {
  const refusal = { name: 'TaskError', code, message: expect.stringMatching(message) };
  await expect(describe(content, options)).rejects.toMatchObject(refusal);
}

test('a plain file is described by its header', async () => {
  expect(await describe(' id ,"full\nname"\n1,x\n')).toEqual({
    compression: 'none',
    encoding: 'utf-8',
    delimiter: ',',
    header: ['id', 'full\nname'],
    body: { offset: 17, line: 3 },
  });
});

test('blank lines may come before the header, and are counted', async () => {
  expect(await describe('\r\n\n\nid,name\n')).toMatchObject({ header: ['id', 'name'], body: { offset: 12, line: 5 } });
});

test('a file of a header alone is described, with or without a line end', async () => {
  expect(await describe('id,name')).toMatchObject({ header: ['id', 'name'], body: { offset: 7 } });
  expect(await describe('id,name\n')).toMatchObject({ header: ['id', 'name'], body: { offset: 8 } });
});

test.each([
  ['utf-8', '\ufeff', 3 + 5],
  ['utf-16le', '\ufeff', 2 + 8],
  ['utf-16be', '\ufeff', 2 + 8],
] as const)('a byte-order mark tells %s, whatever was declared', async (encoding, mark, offset) => {
  for (const options of [{}, { encoding: 'latin1' }, { encoding: 'koi8-r' }]) {
    const format = await describeCsv(piecesSource(encoded(`${mark}ü,b\n1,2\n`, encoding), [1]), options);
    expect(format).toMatchObject({
      encoding,
      header: ['ü', 'b'],
      body: { offset, line: 2 },
    });
  }
});

test.each([
  ['latin1', 'windows-1252'],
  ['ISO-8859-1', 'windows-1252'],
  ['Windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
  ['UTF8', 'utf-8'],
  ['"utf-8"', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['utf-16', 'utf-16le'],
  ['UTF-16LE', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
] as const)('the declared charset %s means %s', async (label, encoding) => {
  expect(await describe(encoded('é,b\n', encoding), { encoding: label })).toMatchObject({
    encoding,
    header: ['é', 'b'],
  });
});

test('an unknown charset is refused by name', async () => {
  await refused('a,b\n', 'file_unreadable', /^The declared charset "koi8-r" is not supported: save the file as UTF-8/, {
    encoding: 'koi8-r',
  });
});

test('gzip is told by its first bytes, and looked into', async () => {
  const bytes = gzipSync(encoded('\ufeffa;b\n1;2\n', 'utf-16le'));
  expect(await describeCsv(piecesSource(bytes, [1]))).toEqual({
    compression: 'gzip',
    encoding: 'utf-16le',
    delimiter: ';',
    header: ['a', 'b'],
    body: { offset: 10, line: 2 },
  });
});

test.each([
  ['a,b,c\n1,2,3\n', ','],
  ['a;b;c\n1,5;2,5;3,5\n', ';'],
  ['a\tb, or c\n1\tx\n2\ty\n', '\t'],
  ['a|b\n1|x;y\n', '|'],
  ['"a;b",c,d\n"x;y;z",2,3\n', ','],
  ['"a,b";"c,d"\n1;2\n', ';'],
  ['"a,b";"c,d"\n"1,2";"3,4"\n', ';'],
  ['name;a, b\nx;1\ny;2\n', ';'],
  ['id,tags\n1,a|b|c\n2,x|y\n', ','],
  ['id,a|b,c|d\n1,2,3\n', ','],
  ['only\n1;2\n3;4\n', ','],
  ['only\n', ','],
  ['a,b;c\n', ','],
  ['a,b;c\n1;2\n3;4\n', ';'],
  ['a,b,c\n1,2\n1,2,3,4\n1,2,3\n', ','],
  ['a;b\n"x\n,,,";2\n', ';'],
  ['a;b;c\n1,5;2;\n1;2;;;\n', ';'],
  ['a;b;c\n1,5;2;3;;\n1,5;2;3;;\n', ';'],
  ['a;b;c\n1,5;2\n1,5;2\n', ';'],
])('the delimiter of %j is %j', async (text, delimiter) => {
  expect((await describe(text)).delimiter).toBe(delimiter);
});

test.each([
  ['sep=;\r\na,b;c\r\n1,2;3\r\n', ';', ['a,b', 'c'], 14, 3],
  ['sep=,\na;b,c\n', ',', ['a;b', 'c'], 12, 3],
  ['SEP=\t\na,b\tc', '\t', ['a,b', 'c'], 11, 2],
  ['sep=|\ra|b\r', '|', ['a', 'b'], 10, 3],
  ['\nsep=;\n\n\na\n', ';', ['a'], 11, 6],
  ['"sep=;"\na,b;c\n', ';', ['a,b', 'c'], 14, 3],
  ['sep=,,,\na;b,c\n', ',', ['a;b', 'c'], 14, 3],
  ['"sep=;",,,\na,b;c\n', ';', ['a,b', 'c'], 17, 3],
  ['sep=; \na,b;c\n', ';', ['a,b', 'c'], 13, 3],
  ['\ufeffsep=;\n\ufeff"a,b";c\n', ';', ['a,b', 'c'], 20, 3],
  ['\ufeff\ufeff"a,b";c\n', ';', ['a,b', 'c'], 14, 2],
  [';;;\n\t\na;b\n', ';', ['a', 'b'], 10, 4],
] as const)('a first line %j declares the delimiter, and is counted', async (text, delimiter, header, offset, line) => {
  for (const size of [1, 7, 1024]) {
    const format = await describeCsv(piecesSource(Buffer.from(text), [size]));
    expect(format).toMatchObject({ delimiter, header, body: { offset, line } });
  }
});

test('the delimiter can be declared in UTF-16, and in a gzip file', async () => {
  const bytes = gzipSync(encoded('\ufeffsep=;\r\nä,b;c\r\n', 'utf-16be'));
  expect(await describeCsv(piecesSource(bytes, [1]))).toMatchObject({
    delimiter: ';',
    header: ['ä,b', 'c'],
    body: { offset: 2 + 2 * 7 + 2 * 7, line: 3 },
  });
});

test.each(['sep=,x\n1,2\n', 'sep=\n1\n', 'sep\n1\n', 'sep==;,\n1,2\n'])(
  'a header %j declares nothing',
  async (text) => {
    expect((await describe(text)).body).toMatchObject({ line: 2 });
  },
);

test('a delimiter that is not read is refused when it is declared', async () => {
  await refused('\nsep=:\na:b\n', 'file_unreadable', /^Line 2 declares the delimiter ":" \(sep=\)/);
});

test('a file of the declaration alone is empty', async () => {
  for (const text of ['sep=;', 'sep=;\n', 'sep=;\r\n\r\n'])
    await refused(text, 'empty_file', /^The file contains only the line sep=: upload one/);
});

test.each([
  ['no bytes', Buffer.alloc(0)],
  ['a byte-order mark', Buffer.from('\ufeff')],
  ['a UTF-16 mark', encoded('\ufeff', 'utf-16be')],
  ['blank lines', Buffer.from('\n\r\n\r')],
  ['a mark and blank lines', Buffer.from('\ufeff\n\n')],
  ['gzip of nothing', gzipSync('')],
])('a file of %s is empty', async (_, bytes) => {
  await refused(bytes, 'empty_file', /^The file is empty: upload one whose first line names the columns\.$/);
});

const binary = (text: string) => Buffer.from(text, 'latin1');

test.each([
  [
    'an XLSX workbook',
    binary('PK\x03\x04\x14\x00\x06\x00'),
    /looks like an Excel workbook \(\.xlsx\) or zip archive: save it as CSV/,
  ],
  ['a gzipped XLSX workbook', gzipSync(binary('PK\x03\x04\x14\x00')), /looks like an Excel workbook/],
  ['an XLS workbook', binary('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00'), /an old Excel workbook \(\.xls\)/],
  ['a PDF', binary('%PDF-1.7\n'), /a PDF document/],
  ['a Parquet file', binary('PAR1\x15\x04\x15'), /a Parquet file/],
  ['a PNG', binary('\x89PNG\r\n\x1a\n'), /an image/],
  ['a JPEG', binary('\xff\xd8\xff\xe0\x00\x10JFIF'), /an image/],
  ['a Zstandard archive', binary('\x28\xb5\x2f\xfd\x04'), /a Zstandard archive/],
  ['NUL bytes', binary('a,\0b\n1,2\n'), /its first line contains NUL characters/],
  ['UTF-16 without a mark', encoded('a,b\n', 'utf-16le'), /UTF-16 without a byte-order mark/],
  [
    'bytes that are not UTF-8',
    binary('Gr\xf6\xdfe,b\n'),
    /The header on line 1 cannot be read\. Column 1 contains bytes that are not valid/,
  ],
  ['noise without lines', Buffer.alloc(2_000_000, 0xfe), /it has no line in its first 1 MiB/],
])('%s is refused as no text', async (_, bytes, message) => {
  await refused(bytes, 'not_text', message);
});

test.each([
  ['an archive in an archive', gzipSync(gzipSync('a,b\n')), 'gzip inside gzip, compressed twice'],
  ['a tar archive', Buffer.concat([Buffer.alloc(257, 'a'), Buffer.from('ustar\0')]), 'a tar archive'],
  ['RTF', Buffer.from('{\\rtf1\\ansi'), 'a rich text document'],
])('%s is named', async (_, bytes, name) => {
  await refused(bytes, 'not_text', new RegExp(`^The file looks like ${name}: `));
});

test.each([
  ['[{"a":1}]', 'JSON:'],
  ['\ufeff \n[\n  {\n "a": 1}]', 'JSON:'],
  ['{"a,b": [1,\n2]}\n', 'JSON:'],
  ['["a","b"]', 'JSON:'],
  ['[]', 'JSON:'],
  ['{"a":1}\n{"a":2}\n', 'JSON lines (NDJSON):'],
  ['<?xml version="1.0"?>\n<a/>', 'XML:'],
  ['<items>\n<item/></items>', 'XML:'],
  ['<!DOCTYPE html><p>', 'a web page (HTML),'],
  ['<html xmlns:x="urn:schemas-microsoft-com:office:excel">', 'a web page (HTML),'],
])('%j is named for what it is', async (text, name) => {
  for (const bytes of [Buffer.from(text), encoded(`\ufeff${text}`, 'utf-16le'), gzipSync(text)]) {
    await expect(describe(bytes)).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining(`The file looks like ${name}`),
    });
  }
});

test.each(['{id},[name]\n', '[id],b\n', '<id>,<name>\n', '<none\n', '{"id"}\n'.replaceAll('"', '')])(
  '%j is a header',
  async (text) => {
    expect((await describe(text)).body.line).toBe(2);
  },
);

test('a header may be written as formulas of text', async () => {
  expect((await describe('="Serial",="a, b"\n1,2\n')).header).toEqual(['Serial', 'a, b']);
});

test('a column may be called PAR1', async () => {
  expect((await describe('PAR1,PAR2\n')).header).toEqual(['PAR1', 'PAR2']);
});

test('a damaged or cut gzip file is refused', async () => {
  const whole = gzipSync('a,b\n1,2\n');
  await refused(whole.subarray(0, 12), 'file_unreadable', /^The gzip file ends too early/);
  await refused(binary('\x1f\x8b'), 'file_unreadable', /^The gzip file ends too early/);
  await refused(binary('\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff'), 'file_unreadable', /^The gzip file is damaged/);
});

test('bad quotes in the header are refused', async () => {
  await refused(
    'a,b"c\n1,2\n',
    'file_unreadable',
    /^The header on line 1 cannot be read\. Column 2 has a quote inside/,
  );
  await refused('a,"b\n1,2\n', 'file_unreadable', /Column 2 starts with a quote on line 1 that is never closed/);
});

test('a header over the limit is refused, and the rest of the file not read for it', async () => {
  await refused(
    'abc,def\n1,2\n',
    'header_too_large',
    /^The first line, which names the columns, is longer than 6 bytes/,
    { maxRecordBytes: 6 },
  );
  expect((await describe('abc,def\n1,2\n', { maxRecordBytes: 7 })).header).toEqual(['abc', 'def']);
  let given = 0;
  const endless = {
    size: 1e12,
    async *open() {
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536, 'a');
      }
    },
  };
  await expect(describeCsv(endless)).rejects.toMatchObject({ code: 'header_too_large' });
  expect(given).toBeLessThan(1.5 * 1024 * 1024);
});
