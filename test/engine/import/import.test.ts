import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReport } from '../../../src/service/lines/read-report.ts';
import { firstLines } from '../../../src/store/ledger/ledger.ts';
import type { Task } from '../../../src/task/task.ts';
import { asked, type Bench, openBench } from '../../support/engine.ts';

const HEADER = 'basic.name,basic.type,identifiers.serialNumber\n';

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
  action = 'import-inventory-items',
): Promise<Task> {
  const task = await bench.submit(organization, action, content, config);
  return bench.working(() => bench.finished(task));
}

async function freshOrganization(): Promise<void> {
  made += 1;
  organization = await bench.organization(`org-${made}`);
}

async function items(columns = 'key, basic_name'): Promise<unknown[]> {
  const { rows } = await bench.pool.query({
    text: `select ${columns} from inventory_items where organization_id = $1 order by key`,
    values: [organization],
    rowMode: 'array',
  });
  return rows;
}

test('every line of a file has one outcome and the records are there', async () => {
  await freshOrganization();
  const task = await importing(
    'basic.name,basic.type,identifiers.serialNumber,purchase.pricing\nA,laptop,S1,10\nB,,S2,\nC,laptop,,\nD,"lap\ntop",S3,1x\nE,phone,S1,\nF,phone,S4,7.50\n',
  );
  expect(task.status).toBe('completed');
  expect(task.counters).toEqual({ items: 6, inserts: 2, updates: 0, deletes: 0, skips: 1, errors: 3 });
  const lines = (await firstLines(bench.pool, [task.id], 10)).get(task.id);
  expect(lines?.skipped).toEqual([7]);
  expect(lines?.errored).toEqual([
    { line: 3, code: 'required', column: 'basic.type', reason: 'basic.type is required; found "".' },
    {
      line: 4,
      code: 'missing_key',
      column: 'identifiers.serialNumber',
      reason: expect.stringContaining('identifiers.foreignId'),
    },
    { line: 5, code: 'invalid_value', column: 'purchase.pricing', reason: expect.stringContaining('"1x"') },
  ]);
  expect(await items('key, basic_name, purchase_pricing')).toEqual([
    ['identifiers.serialNumber:S1', 'A', '10'],
    ['identifiers.serialNumber:S4', 'F', '7.5'],
  ]);
});

test('override updates what is there, skips what would not change, and follows repeated keys in file order', async () => {
  await freshOrganization();
  const header = 'basic.name,basic.type,identifiers.serialNumber';
  await importing(`${header}\nA,laptop,S1\nB,laptop,S2\n`);
  const task = await importing(
    `${header}\nA,laptop,S1\nB2,laptop,S2\nX,laptop,S1\nX,laptop,S1\nN,laptop,S3\nA,laptop,S1\nN2,laptop,S3\n`,
    { override: true },
  );
  expect(task.counters).toEqual({ items: 7, inserts: 1, updates: 4, deletes: 0, skips: 2, errors: 0 });
  const lines = (await firstLines(bench.pool, [task.id], 10)).get(task.id);
  expect(lines?.skipped).toEqual([2, 5]);
  expect(await items('key, basic_name')).toEqual([
    ['identifiers.serialNumber:S1', 'A'],
    ['identifiers.serialNumber:S2', 'B2'],
    ['identifiers.serialNumber:S3', 'N2'],
  ]);
});

test('a column that the file does not have keeps its value, and a blank cell clears it', async () => {
  await freshOrganization();
  await importing(
    'basic.name,basic.type,identifiers.serialNumber,basic.owner,basic.location\nA,laptop,S1,ada,Madrid\n',
  );
  await importing('basic.name,basic.type,identifiers.serialNumber,basic.owner\nA,laptop,S1,\n', { override: true });
  expect(await items('basic_owner, basic_location')).toEqual([[null, 'Madrid']]);
});

test('users are told apart by their address in any case, and a blank metadata cell removes its member', async () => {
  await freshOrganization();
  await importing('email,tags,metadata.team,metadata.city\nAda@Example.com,a| b |,x,y\n', {}, 'import-mdm-users');
  const again = await importing(
    'email,metadata.team,metadata.floor\nada@example.com,,3\nADA@example.com,,3\nbob@example.com,,4\n',
    { override: true },
    'import-mdm-users',
  );
  expect(again.counters).toEqual({ items: 3, inserts: 1, updates: 2, deletes: 0, skips: 0, errors: 0 });
  const { rows } = await bench.pool.query(
    'select key, email, tags, metadata from mdm_users where organization_id = $1 order by key',
    [organization],
  );
  expect(rows).toEqual([
    { key: 'ada@example.com', email: 'ADA@example.com', tags: ['a', 'b'], metadata: { city: 'y', floor: '3' } },
    { key: 'bob@example.com', email: 'bob@example.com', tags: null, metadata: { floor: '4' } },
  ]);
});

test('a mapping, constants and a date format bring a foreign file in, and unused columns are warned of', async () => {
  await freshOrganization();
  const task = await importing(
    '\ufeffTag,Name,Bought,Notes\nT-1,"Kunde, Doyle",1/23/23,x\nT-2,Drill,2023-11-14,\nT-3,Saw,23/1/23,\n',
    {
      mapping: { 'identifiers.foreignId': 'Tag', 'basic.name': 'Name', 'purchase.orderDate': 'Bought' },
      constants: { 'basic.type': 'tool' },
      dateFormat: 'M/D/YY',
    },
  );
  expect(task.counters).toEqual({ items: 3, inserts: 2, updates: 0, deletes: 0, skips: 0, errors: 1 });
  expect(task.warnings).toEqual([expect.stringContaining('"Notes"')]);
  expect(await items('key, basic_name, basic_type, purchase_order_date')).toEqual([
    ['identifiers.foreignId:T-1', 'Kunde, Doyle', 'tool', '2023-01-23'],
    ['identifiers.foreignId:T-2', 'Drill', 'tool', '2023-11-14'],
  ]);
});

test.each([
  ['an empty file', '', 'empty_file', /empty/i],
  ['a missing required column', 'basic.name,identifiers.serialNumber\nA,S\n', 'missing_column', /basic\.type/],
  ['no header', 'A,laptop,S1\nB,laptop,S2\n', 'missing_column', /"A", "laptop", "S1"/],
  ['a wrong delimiter', 'basic.name^basic.type^identifiers.serialNumber\nA^b^c\n', 'missing_column', /1 column/],
  [
    'a column that is there twice',
    'basic.name,basic.type,basic.type,identifiers.serialNumber\n',
    'duplicate_column',
    /two columns/,
  ],
  ['a binary file', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]), 'not_text', /./],
])('%s fails the task and says why', async (_, content, code, message) => {
  await freshOrganization();
  const task = await importing(content);
  expect(task.status).toBe('failed');
  expect(task.error?.code).toBe(code);
  expect(task.error?.message).toMatch(message);
  expect(task.counters.items).toBe(0);
});

test('a gzip bomb fails the task, and gzip that is none is unreadable', async () => {
  await freshOrganization();
  const bomb = gzipSync(
    Buffer.concat([Buffer.from(HEADER), Buffer.alloc(100 * 1024 * 1024, `A,b,${'c'.repeat(500_000)}\n`)]),
    { level: 9 },
  );
  expect(bomb.length).toBeLessThan(400_000);
  const task = await importing(bomb);
  expect(task).toMatchObject({ status: 'failed', error: { code: 'compressed_too_large' } });
  expect((await importing(gzipSync(HEADER + 'A,b,c\n'.repeat(100)).subarray(0, 60))).error?.code).toBe(
    'file_unreadable',
  );
});

test('a gzip file is imported like the file in it, over many slices', async () => {
  await freshOrganization();
  const lines = Array.from({ length: 3_000 }, (_, i) => `Item ${i},laptop,S${i}\n`).join('');
  const task = await bench.submit(organization, 'import-inventory-items', gzipSync(HEADER + lines));
  const done = await bench.working(() => bench.finished(task), { chunkRows: 100, sliceMilliseconds: 1 });
  expect(done.counters).toEqual({ items: 3_000, inserts: 3_000, updates: 0, deletes: 0, skips: 0, errors: 0 });
  expect(done.progress.done).toBe(done.file?.size);
});

test('a line of 10 MB is an error of its line, and the lines around it are applied', async () => {
  await freshOrganization();
  const task = await importing(`${HEADER}A,laptop,S1\n"${'x\n'.repeat(5_000_000)}",laptop,S2\nC,laptop,S3\n`);
  expect(task.counters).toEqual({ items: 3, inserts: 2, updates: 0, deletes: 0, skips: 0, errors: 1 });
  const [error] = (await firstLines(bench.pool, [task.id], 10)).get(task.id)?.errored ?? [];
  expect(error).toMatchObject({ line: 3, code: 'row_too_large', reason: expect.stringContaining('1 MiB') });
});

test('a file with a header only completes with nothing done', async () => {
  await freshOrganization();
  const task = await importing('basic.name,basic.type,identifiers.serialNumber\n');
  expect(task.status).toBe('completed');
  expect(task.counters.items).toBe(0);
});

test('the report has every line that was not applied, with its cells, across chunks and slices', async () => {
  await freshOrganization();
  const lines = Array.from({ length: 1_000 }, (_, i) =>
    i % 7 === 0 ? `"N\n${i}",,S${i}` : `N${i},laptop,S${i % 500}`,
  );
  const task = await bench.submit(
    organization,
    'import-inventory-items',
    `basic.name,basic.type,identifiers.serialNumber\n\n${lines.join('\n')}`,
  );
  const done = await bench.working(() => bench.finished(task), { chunkRows: 13, sliceMilliseconds: 1 });
  const report = await readReport(bench, asked({ organizationId: organization, id: task.id }));
  const seen = [];
  for await (const line of report.lines()) seen.push(line);
  expect(seen.length).toBe(done.counters.skips + done.counters.errors);
  expect(done.counters.items).toBe(1_000);
  let physical = 3;
  const expected = lines.flatMap((line, i) => {
    const at = physical;
    physical += i % 7 === 0 ? 2 : 1;
    const applied = i % 7 !== 0 && (i < 500 || (i - 500) % 7 === 0);
    return applied ? [] : [{ line: at, cells: i % 7 === 0 ? [`N\n${i}`, '', `S${i}`] : line.split(',') }];
  });
  expect(seen.map(({ line, cells }) => ({ line, cells }))).toEqual(expected);
  expect(report.header).toEqual(['basic.name', 'basic.type', 'identifiers.serialNumber']);
});
