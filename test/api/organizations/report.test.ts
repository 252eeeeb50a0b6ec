import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex24 } from '../../../src/task/ids.ts';
import type { ImportConfig, Task } from '../../../src/task/task.ts';
import { type Answer, form, HEADER, openServer, type TestServer, THREE_ROWS } from '../server.ts';

const CSV = [
  'identifiers.serialNumber,basic.name,basic.type,purchase.pricing,Note',
  'S1,One,laptop,10,first',
  'S2,,laptop,11,"no name, sorry"',
  'S1,Again,laptop,12,"line one',
  'line two"',
  '=1+1,@SUM(A1),laptop,-5.5x,+x',
  'S5,Five,laptop,-5,too,many',
  'S6,Six',
  '',
].join('\n');

let server: TestServer;
let organizationId: string;
let token: string;
let task: Task;
let path: string;

beforeAll(async () => {
  server = await openServer();
  organizationId = await server.organization('acme');
  token = await server.token(organizationId);
  ({ task, path } = await imported(CSV));
});
afterAll(() => server.close());

async function imported(content: string, config: Partial<ImportConfig> = {}): Promise<{ task: Task; path: string }> {
  const submitted = await server.submit(organizationId, 'import-inventory-items', content, config);
  const over = await server.working(() => server.finished(submitted));
  return { task: over, path: `/v1/organizations/acme/bulk-tasks/${toHex24(over.id)}/report` };
}

function ask(query = '', headers: Record<string, string> = {}): Promise<Answer> {
  return server.ask(path + query, { token, headers });
}

describe('as CSV', () => {
  test('it has the original columns in their order, then line, code, column, reason and the cells that the header has no columns for', async () => {
    const answer = await ask();
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="test-report.csv"; filename*=UTF-8''test-report.csv`,
    );
    const [header, ...rows] = parse(answer.text) as string[][];
    expect(header).toEqual([
      'identifiers.serialNumber',
      'basic.name',
      'basic.type',
      'purchase.pricing',
      'Note',
      'line',
      'code',
      'column',
      'reason',
      'extraCells',
    ]);
    expect(rows.map((row) => row.toSpliced(-2, 1))).toEqual([
      ['S2', '', 'laptop', '11', 'no name, sorry', '3', 'required', 'basic.name', ''],
      ['S1', 'Again', 'laptop', '12', 'line one\nline two', '4', 'exists', '', ''],
      ["'=1+1", "'@SUM(A1)", 'laptop', "'-5.5x", "'+x", '6', 'invalid_value', 'purchase.pricing', ''],
      ['S5', 'Five', 'laptop', '-5', 'too', '7', 'ragged_row', '', 'many'],
      ['S6', 'Six', '', '', '', '8', 'ragged_row', '', ''],
    ]);
    for (const row of rows) expect(row.at(-2)).toMatch(/\S+ .*\.$/);
    // A reader that takes any line break for the end of a record must not take this one.
    expect(answer.text).toContain('"line one\nline two"');
  });

  test('it has only the lines of the outcome that is asked for', async () => {
    const lines = async (outcome: string) =>
      (parse((await ask(`?outcome=${outcome}`)).text) as string[][]).slice(1).map((row) => row.at(-5));
    expect(await lines('skipped')).toEqual(['4']);
    expect(await lines('errored')).toEqual(['3', '6', '7', '8']);
  });

  test('it does not grow when it is mended and sent in again', async () => {
    const first = await ask('?outcome=errored');
    const again = await imported(first.text);
    const second = await server.ask(again.path, { token });
    expect((parse(second.text) as string[][])[0]).toEqual((parse(first.text) as string[][])[0]);
  });

  test('of a task without such lines it has its header, and of one that could not be read not even that', async () => {
    const good = await imported(THREE_ROWS.replaceAll(',S', ',G'));
    expect((await server.ask(good.path, { token })).text).toBe(`${HEADER},line,code,column,reason,extraCells\r\n`);
    const bad = await imported('');
    expect((await server.ask(bad.path, { token })).text).toBe('line,code,column,reason,extraCells\r\n');
  });
});

describe('in other formats', () => {
  test('NDJSON has an object a line, with every cell', async () => {
    const answer = await ask('?format=ndjson');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ line }) => line)).toEqual([3, 4, 6, 7, 8]);
    expect(lines[2]).toEqual({
      line: 6,
      outcome: 'errored',
      code: 'invalid_value',
      column: 'purchase.pricing',
      reason: expect.any(String),
      record: {
        'identifiers.serialNumber': '=1+1',
        'basic.name': '@SUM(A1)',
        'basic.type': 'laptop',
        'purchase.pricing': '-5.5x',
        Note: '+x',
      },
    });
    expect(lines[1]).toMatchObject({ outcome: 'skipped', code: 'exists' });
    expect(lines[3]).toMatchObject({ code: 'ragged_row', extraCells: ['many'] });
  });

  test('JSON is one document in the envelope', async () => {
    const answer = await ask('?format=json');
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const lines = (await ask('?format=ndjson')).text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answer.json).toEqual({
      status: true,
      data: {
        id: toHex24(task.id),
        columns: ['identifiers.serialNumber', 'basic.name', 'basic.type', 'purchase.pricing', 'Note'],
        lines,
      },
    });
  });

  test('JSON of a task without such lines is whole, too', async () => {
    const good = await imported(THREE_ROWS.replaceAll(',S', ',J'));
    const answer = await server.ask(`${good.path}?format=json`, { token });
    expect(answer.json.data?.lines).toEqual([]);
  });

  test('Accept chooses, with its weights, and format= wins over it', async () => {
    const type = async (accept: string, query = '') => (await ask(query, { accept })).headers.get('content-type');
    expect(await type('*/*')).toMatch('text/csv');
    expect(await type('text/csv;q=0.1, application/json')).toMatch('application/json');
    expect(await type('application/x-ndjson, */*;q=0.5')).toMatch('application/x-ndjson');
    expect(await type('application/json', '?format=csv')).toMatch('text/csv');
    expect(await type('image/png', '?format=ndjson')).toMatch('application/x-ndjson');
    expect((await ask()).headers.get('vary')).toBe('Accept, Accept-Encoding');
  });

  test('what cannot be had is 400/3000 naming it', async () => {
    for (const [query, accept, field] of [
      ['', 'image/png', 'Accept'],
      ['?format=xlsx', '*/*', 'format'],
      ['?outcome=inserted', '*/*', 'outcome'],
    ] as const) {
      const answer = await ask(query, { accept });
      expect([answer.status, answer.json.error?.code, answer.json.error?.data?.[0]?.field]).toEqual([400, 3000, field]);
    }
  });

  test('HEAD has the headers', async () => {
    const answer = await server.ask(path, { method: 'HEAD', token });
    expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([
      200,
      '',
      'text/csv; charset=utf-8',
    ]);
  });
});

test('a file with an odd name is saved under a safe one', async () => {
  const name = 'días "x"\\..\\Q1.csv';
  const answer = await server.ask('/v1/organizations/acme/bulk-tasks', {
    method: 'POST',
    token,
    body: form({ action: 'import-inventory-items' }, THREE_ROWS, { name }),
  });
  const report = await server.ask(`${answer.headers.get('location')}/report`, { token });
  expect(report.headers.get('content-disposition')).toBe(
    `attachment; filename="Q1-report.csv"; filename*=UTF-8''Q1-report.csv`,
  );
});

test('the lines of a file that declares its delimiter are those of the file as it lies there', async () => {
  const csv = `sep=;\r\n${HEADER.replaceAll(',', ';')};Note\r\nNew;laptop;D1;a,b\r\n;laptop;D2;c,d\r\n`;
  const declared = await imported(csv);
  const answer = await server.ask(`${declared.path}?format=json`, { token });
  expect(answer.json.data?.columns).toEqual([...HEADER.split(','), 'Note']);
  expect(answer.json.data?.lines).toMatchObject([{ line: 4, code: 'required', record: { Note: 'c,d' } }]);
  expect(declared.task.counters).toMatchObject({ items: 2, inserts: 1, errors: 1 });
});

test('a report whose file is gone from the store is 409/5001 saying so, and not a file that looks whole', async () => {
  const lost = await imported(CSV);
  await server.files.remove(lost.task.file?.key as string);
  const answer = await server.ask(lost.path, { token });
  expect([answer.status, answer.json.error?.code]).toEqual([409, 5001]);
  expect(answer.json.error?.message).toMatch(/^The file of this task is no longer in the file store/);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBeNull();
});

test('a long report is written as fast as it is read, and ends when its reader goes away', async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `,laptop,E${i}\n`).join('');
  const long = await imported(`${HEADER}\n${rows}`);
  const whole = await server.ask(long.path, { token });
  const lines = (parse(whole.text) as string[][]).slice(1).map((row) => Number(row.at(-5)));
  expect(lines).toEqual(Array.from({ length: 60_000 }, (_, i) => i + 2));

  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(server.url + long.path, { headers, signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  await expect.poll(() => server.pool.totalCount - server.pool.idleCount).toBe(0);
});
