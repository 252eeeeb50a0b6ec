import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstLines } from '../../../src/store/ledger/ledger.ts';
import type { Task } from '../../../src/task/task.ts';
import { type Bench, openBench } from '../../support/engine.ts';

/** What people's files have that no standard knows, and what an import makes of it. */

let bench: Bench;
let organization: string;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

async function importing(
  content: string | Buffer,
  config: Parameters<Bench['submit']>[3] = {},
  chunkRows?: number,
): Promise<Task> {
  made += 1;
  organization = await bench.organization(`quirks-${made}`);
  const task = await bench.submit(organization, 'import-inventory-items', content, config);
  return bench.working(() => bench.finished(task), chunkRows === undefined ? {} : { chunkRows });
}

async function items(columns: string): Promise<unknown[]> {
  const { rows } = await bench.pool.query({
    text: `select ${columns} from inventory_items where organization_id = $1 order by key`,
    values: [organization],
    rowMode: 'array',
  });
  return rows;
}

async function reasons({ id }: Task): Promise<unknown[]> {
  const lines = (await firstLines(bench.pool, [id], 100)).get(id);
  return (lines?.errored ?? []).map(({ line, code, reason }) => [line, code, reason]);
}

const HEADER = 'basic.name,basic.type,identifiers.serialNumber';

test('blank rows, a final Ctrl-Z and superfluous blank cells are no errors', async () => {
  const task = await importing(`${HEADER}\nA,laptop,S1,,,\n${',,,,\n'.repeat(300)}B,laptop,S2\n , ,\t\n\x1a`);
  expect([task.status, task.counters]).toEqual([
    'completed',
    { items: 2, inserts: 2, updates: 0, deletes: 0, skips: 0, errors: 0 },
  ]);
});

test('rows that end early are errors that name the setting, and taken where it is set', async () => {
  const file = `${HEADER},basic.status\nA,laptop,S1\nB,laptop,S2,new\nC,laptop,S3,new,more\n`;
  const task = await importing(file);
  expect(await reasons(task)).toEqual([
    [2, 'ragged_row', expect.stringContaining('allow short rows')],
    [4, 'ragged_row', expect.stringContaining('in quotes')],
  ]);
  const allowed = await importing(file, { allowShortRows: true });
  expect(allowed.counters).toMatchObject({ inserts: 2, errors: 1 });
  expect(await items('basic_name, basic_status')).toEqual([
    ['A', null],
    ['B', 'new'],
  ]);
});

test('a header that is repeated is skipped, and the task warned of it once, however it is cut up', async () => {
  const part = (from: number) => `\ufeff${HEADER}\n${from},laptop,S${from}\n${from + 1},laptop,S${from + 1}\n`;
  for (const chunkRows of [1, 2, 100]) {
    const task = await importing(part(1) + part(3) + part(5), {}, chunkRows);
    expect(task.counters).toEqual({ items: 6, inserts: 6, updates: 0, deletes: 0, skips: 0, errors: 0 });
    expect(task.warnings).toEqual(['The header is repeated on line 4; every repetition was skipped.']);
  }
});

test('each column has its own format, and a reason names it', async () => {
  const header = `${HEADER};purchase.orderDate;lifecycle.warrantyExpirationDate;purchase.pricing`.replaceAll(',', ';');
  const rows = [
    'A;laptop;S1;3.2.2026 00:00;46056;1.234,50',
    'B;laptop;S2;2026-02-03;2026-02-03;7',
    'C;laptop;S3;2/3/26;;',
    'D;laptop;S4;;;1234.50',
    'E;laptop;S5;;x;',
  ];
  const formats = {
    'purchase.orderDate': ' D.M.YYYY ',
    'lifecycle.warrantyExpirationDate': 'Excel',
    'purchase.pricing': '1.234,56',
  };
  const task = await importing(`${header}\n${rows.join('\n')}\n`, { formats, dateFormat: 'YYYY/M/D' });
  const day = "to_char(purchase_order_date, 'YYYY-MM-DD'), to_char(lifecycle_warranty_expiration_date, 'YYYY-MM-DD')";
  expect(await items(`${day}, purchase_pricing`)).toEqual([
    ['2026-02-03', '2026-02-03', '1234.5'],
    ['2026-02-03', '2026-02-03', '7'],
  ]);
  expect(await reasons(task)).toEqual([
    [
      4,
      'invalid_value',
      'purchase.orderDate must be a date in the given format D.M.YYYY, or such as 2026-01-31; found "2/3/26".',
    ],
    [5, 'invalid_value', 'purchase.pricing must be a number in the given format 1.234,56; found "1234.50".'],
    [
      6,
      'invalid_value',
      'lifecycle.warrantyExpirationDate must be a date in the given format Excel, or such as 2026-01-31; found "x".',
    ],
  ]);
});

test('a date format with blanks around it is read without them', async () => {
  const task = await importing(`${HEADER},purchase.orderDate\nA,laptop,S1,1/2/26\n`, { dateFormat: 'M/D/YY ' });
  expect(task.counters).toMatchObject({ inserts: 1 });
});

test('cells written as formulas of text are that text, and declared missing values are blank', async () => {
  const rows = ['A,laptop,="0006003",NULL', 'B,laptop,"=""0006004""",N/A', 'C,null,S3,x', 'NULL,laptop,S4,n/a'];
  const task = await importing(`${HEADER},basic.status\n${rows.join('\n')}\n`, { missingValues: ['NULL', ' N/A'] });
  expect(await items('basic_name, basic_type, identifiers_serial_number, basic_status')).toEqual([
    ['A', 'laptop', '0006003', null],
    ['B', 'laptop', '0006004', null],
    ['C', 'null', 'S3', 'x'],
  ]);
  expect(await reasons(task)).toEqual([[5, 'required', 'basic.name is required; found "NULL".']]);
});

test('a value may have as many characters as its column, whatever they take', async () => {
  const [fits, long] = ['😀'.repeat(256), '😀'.repeat(257)];
  const task = await importing(`${HEADER}\n${fits},laptop,S1\n${long},laptop,S2\n`);
  expect(await items('char_length(basic_name)')).toEqual([[256]]);
  expect(await reasons(task)).toEqual([
    [3, 'too_long', expect.stringMatching(/^basic\.name must be at most 256 characters long; found 257: /)],
  ]);
});

test('what is no table is named for what it is', async () => {
  expect((await importing('{"a":1}\n{"a":2}\n')).error?.message).toMatch(/looks like JSON lines \(NDJSON\)/);
  expect((await importing('<?xml version="1.0"?><a/>')).error?.message).toMatch(/looks like XML/);
});
