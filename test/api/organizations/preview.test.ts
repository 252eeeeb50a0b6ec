import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './submissions.ts';

let server: TestServer;
let desk: Desk;

beforeAll(async () => {
  server = await openServer();
  desk = await openDesk(server, 'acme');
});
afterAll(() => server.close());

function preview(file: string | Buffer, fields: Record<string, string> = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob([file as string]), 'items.csv');
  return server.ask(`${desk.path}/preview`, { method: 'POST', token: desk.token, body });
}

const ACTION = { action: 'import-inventory-items' };

test('a small file is shown whole, with what its columns most likely are', async () => {
  const csv =
    'Asset Tag;Name;CATEGORY;Purchase Date;Purchase Cost;Where;Hardware\n' +
    'A-1;One;laptop;1/23/23;12;Madrid;00:1a:2b:3c:4d:5e\nA-2;Two;phone;10/27/28;;;001a2b3c4d5f\n';
  const { status, json } = await preview(csv, ACTION);
  expect(status).toBe(200);
  expect(json.data).toMatchObject({
    encoding: 'utf-8',
    delimiter: ';',
    compression: 'none',
    header: ['Asset Tag', 'Name', 'CATEGORY', 'Purchase Date', 'Purchase Cost', 'Where', 'Hardware'],
    complete: true,
    suggestions: {
      'identifiers.foreignId': 'Asset Tag',
      'basic.name': 'Name',
      'basic.type': 'CATEGORY',
      'purchase.orderDate': 'Purchase Date',
      'purchase.pricing': 'Purchase Cost',
      'network.macAddress': 'Hardware',
    },
    dateFormats: { 'Purchase Date': 'M/D/YY' },
  });
  expect(json.data?.suggestions).not.toHaveProperty('basic.location');
  expect(json.data?.rows?.[1]).toEqual(['A-2', 'Two', 'phone', '10/27/28', '', '', '001a2b3c4d5f']);
  const columns = json.data?.columns as unknown as { name: string }[];
  expect(columns.find(({ name }) => name === 'identifiers.serialNumber')).toMatchObject({ key: true, required: false });
});

test('of a large file the first rows are shown, and none that its beginning cuts off', async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `Item ${i},laptop,S${i}`);
  const csv = Buffer.from(`basic.name,basic.type,identifiers.serialNumber\n${rows.join('\n')}\n`);
  for (const file of [csv.subarray(0, 1024 * 1024), gzipSync(csv).subarray(0, 100_000)]) {
    const { json } = await preview(file, { ...ACTION, size: String(csv.length) });
    expect([json.data?.complete, ((json.data?.rows ?? []) as unknown as []).length]).toEqual([false, 50]);
    expect(json.data?.rows?.[49]).toEqual(['Item 49', 'laptop', 'S49']);
  }
  const { json } = await preview('a,b\n1,2\n3,fo', { size: '100' });
  expect(json.data).toMatchObject({ rows: [['1', '2']], complete: false, columns: [], suggestions: {} });
});

test('dates that can be read in two ways get no format', async () => {
  const { json } = await preview('a,b,c\n1/2/24,13.01.2024,2024-01-02\n3/4/24,02.03.2024,2024-01-03\n');
  expect(json.data?.dateFormats).toEqual({ b: 'D.M.YYYY' });
});

test('numbers have a format where they are not plain, and only one reading; Excel has one for dates that are meant as such', async () => {
  const header = 'Purchase Date;Price;Total;Swiss;Unsure;Plain;Code';
  const rows = ["46056;1.234,50;12,5;1'000.50;1,234;12.5;46056", '46057;7;1;2;5,000;3;46057', ';;;;;;'];
  const { json } = await preview(`${header}\n${rows.join('\n')}\n`, ACTION);
  expect(json.data).toMatchObject({ dateFormats: {}, numberFormats: {} });
  expect(json.data?.dateFormats).toEqual({ 'Purchase Date': 'Excel' });
  expect(json.data?.numberFormats).toEqual({ Price: '1.234,56', Total: '1.234,56', Swiss: "1'234.56" });
});

test('short rows are told of where nothing else is wrong with the rows', async () => {
  const short = async (csv: string) => (await preview(csv)).json.data?.shortRows;
  expect(await short('a,b,c\n1,2\n1,2,3\n1\n,,,\n')).toBe(2);
  expect(await short('a,b,c\n1,2\n1,2,3,4\n')).toBeUndefined();
  expect(await short('a,b,c\n1,2,3\n')).toBeUndefined();
});

test('what cannot be read, or is too much, is refused with the reason', async () => {
  const empty = await preview('');
  expect([empty.status, empty.json.error?.data?.[0]?.field]).toEqual([400, 'file']);
  expect((await preview('PK\u0003\u0004 a workbook', ACTION)).status).toBe(400);
  expect((await preview('a\n1\n', { action: 'eat' })).status).toBe(400);
  expect((await preview(Buffer.alloc(1024 * 1024 + 1, 'a'))).status).toBe(413);
  const damaged = gzipSync('a,b\n1,2\n');
  damaged.fill(0xff, damaged.length - 8);
  expect((await preview(damaged)).status).toBe(400);
  const twice = await preview(gzipSync(gzipSync('a,b\n1,2\n')));
  expect([twice.status, JSON.stringify(twice.json)]).toEqual([400, expect.stringContaining('gzip inside gzip')]);
});

test('a file of a hundred thousand columns takes as much longer as it is larger', async () => {
  /** Milliseconds of looking at so many columns; the least of three times, since others compute beside it. */
  const taken = async (columns: number) => {
    const file = `${Array.from({ length: columns }, (_, i) => `c${i}`).join(',')}\n${','.repeat(columns - 1)}\n`;
    const times: number[] = [];
    while (times.length < 3) {
      const began = performance.now();
      expect((await preview(file, ACTION)).status).toBe(200);
      times.push(performance.now() - began);
    }
    return Math.min(...times);
  };
  expect(await taken(100_000)).toBeLessThan(40 * Math.max(await taken(10_000), 20));
});

test('the header of an export of assets is mapped as its reader would', async () => {
  const url = new URL('../../../examples/inventory-items.csv', import.meta.url);
  const { json } = await preview(await readFile(url), ACTION);
  const suggested = json.data?.suggestions as unknown as Record<string, string>;
  for (const [target, header] of Object.entries(suggested)) expect(header).toBe(target);
  expect(suggested).toHaveProperty(['basic.name']);
});
