import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex24 } from '../../../src/task/ids.ts';
import { storedFiles } from '../../support/data/stored-files.ts';
import { openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './submissions.ts';

let server: TestServer;
let desk: Desk;

beforeAll(async () => {
  server = await openServer();
  desk = await openDesk(server, 'acme');
});
afterAll(() => server.close());

const HEADER = 'Label,basic.type,identifiers.serialNumber,purchase.pricing,purchase.orderDate';
/** Lines 2 and 6 are good; 3 has no type, 4 a wrong price and a wrong date, 5 the key of line 2. */
const FILE = `${HEADER}\nOne,laptop,S1,1,1/31/26\nTwo,,S2,2,\nThree,laptop,S3,much,\nAgain,laptop,S1,,\nSix,phone,S6,,\n`;

interface Sent {
  readonly file?: string;
  readonly fields?: Record<string, string>;
}

function form({ file = FILE, fields = {} }: Sent): FormData {
  const data = new FormData();
  const all = { action: 'import-inventory-items', mapping: '{"basic.name":"Label"}', dateFormat: 'M/D/YY', ...fields };
  for (const [name, value] of Object.entries(all)) data.append(name, value);
  data.append('file', new Blob([file]), 'items.csv');
  return data;
}

/** Waits until a task of an answer is over, and gives it as the API shows it. */
async function over(id: string) {
  const task = { id: fromHex24(id), organizationId: desk.organizationId } as never;
  await server.working(() => server.finished(task));
  return (await server.ask(`${desk.path}/${id}`, { token: desk.token })).json.data;
}

async function imported(sent: Sent = {}): Promise<string> {
  const { json } = await desk.submit(form(sent));
  await over(String(json.data?.id));
  return String(json.data?.id);
}

function get(id: string, path: string) {
  return server.ask(`${desk.path}/${id}${path}`, { token: desk.token });
}

function fix(id: string, rows: unknown, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ rows });
  return server.ask(`${desk.path}/${id}/fixes`, {
    method: 'POST',
    token: desk.token,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

function fixFile(id: string, csv: string | Buffer<ArrayBuffer>, type = 'text/csv') {
  const body = new FormData();
  body.append('file', new Blob([csv], { type }), 'report.csv');
  return server.ask(`${desk.path}/${id}/fixes`, { method: 'POST', token: desk.token, body });
}

describe('causes and lines', () => {
  test('errors are grouped by code and column, most first, with examples and the cell at fault', async () => {
    const id = await imported({ file: `${FILE}Seven,laptop,S7,more,\n`, fields: { dryRun: 'true' } });
    const { json } = await get(id, '/causes');
    expect(json.data).toEqual({
      causes: [
        {
          code: 'invalid_value',
          column: 'purchase.pricing',
          count: 2,
          examples: [
            { line: 4, reason: expect.stringContaining('"much"'), value: 'much' },
            { line: 7, reason: expect.stringContaining('"more"'), value: 'more' },
          ],
        },
        {
          code: 'required',
          column: 'basic.type',
          count: 1,
          examples: [{ line: 3, reason: expect.any(String), value: '' }],
        },
      ],
      total: 3,
    });
  });

  test('the pages of the lines together are all that were not applied, in file order, with their cells', async () => {
    const id = await imported({ fields: { dryRun: 'true' } });
    const seen: unknown[] = [];
    for (let after: unknown = 0; after !== null; ) {
      const { json, status } = await get(id, `/lines?limit=1&after=${after}`);
      expect([status, json.data?.header]).toEqual([200, HEADER.split(',')]);
      seen.push(...((json.data?.lines ?? []) as unknown as unknown[]));
      after = json.data?.next;
    }
    expect(seen).toMatchObject([
      { line: 3, outcome: 'errored', code: 'required', columnIndex: 1, cells: ['Two', '', 'S2', '2', ''] },
      {
        line: 4,
        outcome: 'errored',
        column: 'purchase.pricing',
        columnIndex: 3,
        cells: ['Three', 'laptop', 'S3', 'much', ''],
      },
      { line: 5, outcome: 'skipped', code: 'exists', cells: ['Again', 'laptop', 'S1', '', ''] },
    ]);
    const filtered = async (query: string) =>
      (((await get(id, `/lines?${query}`)).json.data?.lines ?? []) as unknown as { line: number }[]).map(
        ({ line }) => line,
      );
    expect(await filtered('outcome=skipped')).toEqual([5]);
    expect(await filtered('outcome=errored')).toEqual([3, 4]);
    expect(await filtered('code=invalid_value')).toEqual([4]);
    expect(await filtered('column=basic.type')).toEqual([3]);
    expect(await filtered('code=exists')).toEqual([5]);
    expect(await filtered('after=3')).toEqual([4, 5]);
  });
});

describe('a dry run', () => {
  test('is marked, writes nothing, and has another key than the run', async () => {
    const key = { 'idempotency-key': 'one' };
    const dry = form({ file: `${HEADER}\nDry,laptop,D1,,\n`, fields: { dryRun: 'true' } });
    const { json } = await desk.submit(dry, key);
    expect(json.data).toMatchObject({ dryRun: true, config: { dryRun: true } });
    const done = await over(String(json.data?.id));
    expect(done).toMatchObject({ dryRun: true, status: 'completed', report: { numItems: 1, numInserts: 1 } });
    const { rows } = await server.pool.query(`select from inventory_items where key like '%D1'`);
    expect(rows).toHaveLength(0);
    const again = await desk.submit(form({ file: `${HEADER}\nDry,laptop,D1,,\n` }), key);
    expect(again.status).toBe(409);
  });
});

describe('fixes', () => {
  test('only the corrected lines run, as a child task that speaks of the lines of the first file, again and again', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',F') });
    const first = await fix(id, [
      { line: 4, cells: ['Three', 'laptop', 'F3', '3', '2/3/26'] },
      { line: 3, cells: ['Two', '', 'F2', '2', ''] },
    ]);
    expect([first.status, first.json.data?.parentId]).toEqual([202, id]);
    const child = String(first.json.data?.id);
    const done = await over(child);
    expect(done?.config).toEqual({ override: false, mapping: { 'basic.name': 'Label' }, dateFormat: 'M/D/YY' });
    expect(done?.report).toMatchObject({ numItems: 2, numInserts: 1, numErrors: 1, erroredLines: [{ line: 3 }] });
    expect((await get(child, '/lines')).json.data).toMatchObject({
      header: HEADER.split(','),
      lines: [{ line: 3, columnIndex: 1, cells: ['Two', '', 'F2', '2', ''] }],
    });
    const report = (await get(child, '/report?format=csv')).text;
    expect(report.split('\r\n')[1]).toMatch(/^Two,,F2,2,,3,required,basic\.type,/);

    const second = await fixFile(child, report.replace('Two,,', 'Two,tablet,'));
    expect([second.status, second.json.data?.parentId]).toEqual([202, child]);
    await over(String(second.json.data?.id));
    const ledger = { numItems: 5, numInserts: 4, numUpdates: 0, numSkips: 1, numErrors: 0 };
    for (const member of [id, child, String(second.json.data?.id)]) {
      const { data } = (await get(member, '/family')).json;
      expect([data?.root, data?.ledger]).toEqual([id, ledger]);
      expect(((data?.tasks ?? []) as unknown as { id: string }[]).map((task) => task.id)).toEqual([
        id,
        child,
        second.json.data?.id,
      ]);
    }
    const { rows } = await server.pool.query(
      `select basic_type, purchase_order_date::text as date from inventory_items where key ~ ':F[23]$' order by key`,
    );
    expect(rows).toEqual([
      { basic_type: 'tablet', date: null },
      { basic_type: 'laptop', date: '2026-02-03' },
    ]);
  });

  test('a line that was tried twice counts once in the family, with the outcome of its last try', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',T') });
    for (const price of ['wrong', '1']) {
      const { json } = await fix(id, [{ line: 4, cells: ['Three', 'laptop', 'T3', price, ''] }]);
      await over(String(json.data?.id));
    }
    expect((await get(id, '/family')).json.data?.ledger).toEqual({
      numItems: 5,
      numInserts: 3,
      numUpdates: 0,
      numSkips: 1,
      numErrors: 1,
    });
  });

  test('what is no errored line of the task, twice there or of another width is refused, and leaves nothing', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',U') });
    const cells = ['a', 'laptop', 'U9', '', ''];
    const before = await desk.tasks();
    const stored = await storedFiles(server);
    const refused = async (rows: unknown) => {
      const { status, json } = await fix(id, rows);
      return [status, json.error?.data?.[0]?.problem];
    };
    expect(await refused([{ line: 2, cells }])).toEqual([400, expect.stringContaining('not an errored line')]);
    expect(await refused([{ line: 99, cells }])).toEqual([400, expect.stringContaining('not an errored line')]);
    expect(
      await refused([
        { line: 3, cells },
        { line: 3, cells },
      ]),
    ).toEqual([400, expect.stringContaining('more than once')]);
    expect(await refused([{ line: 3, cells: ['a'] }])).toEqual([400, expect.stringContaining('1 cells')]);
    expect(await refused([])).toEqual([400, expect.anything()]);
    const file = (await get(id, '/report?format=csv')).text;
    const [head, third, fourth, skipped] = file.split('\r\n');
    const twice = [head, third, fourth, third].join('\r\n');
    expect((await fixFile(id, twice)).json.error?.data?.[0]?.problem).toContain('more than once');
    expect((await fixFile(id, [head, skipped].join('\r\n'))).json.error?.data?.[0]?.problem).toContain('no line');
    expect((await fixFile(id, 'a,b\n1,2\n')).status).toBe(400);
    await expect.poll(() => storedFiles(server)).toEqual(stored);
    expect(await desk.tasks()).toBe(before);
    // The skipped line that a report has as well is left out.
    expect((await fixFile(id, file)).status).toBe(202);
  });

  test('a report comes back as Excel leaves it: rows in any order, lines as decimals, in the character set of its part', async () => {
    const file = FILE.replaceAll(',S', ',J').replace('Two', "'=keep").replace('Three', 'Caf\u00e9;=1');
    const id = await imported({ file });
    const answer = await fetch(`http://127.0.0.1:${server.port}${desk.path}/${id}/report?excel=true&outcome=errored`, {
      headers: { authorization: `Bearer ${desk.token}` },
    });
    const report = Buffer.from(await answer.arrayBuffer());
    expect(report.subarray(0, 3).toString('hex')).toBe('efbbbf');
    const [head = '', third = '', fourth = ''] = report.subarray(3).toString().split('\r\n');
    const mended = [head, fourth.replace(',4,', ',4.0,').replace('much', '7'), third.replace(',,J2', ',tablet,J2')];
    const sent = await fixFile(id, Buffer.from(mended.join('\r\n'), 'latin1'), 'text/csv; charset=windows-1252');
    expect(sent.status).toBe(202);
    expect((await over(String(sent.json.data?.id)))?.report).toMatchObject({ numItems: 2, numInserts: 2 });
    const { rows } = await server.pool.query(
      "select basic_name from inventory_items where key ~ ':J[23]$' order by key",
    );
    expect(rows).toEqual([{ basic_name: "'=keep" }, { basic_name: 'Caf\u00e9;=1' }]);
  });

  test('a character that was lost on the way is pointed out, and one that was sent so is not', async () => {
    const id = await imported({
      file: FILE.replaceAll(',S', ',Y').replace('Two', 'Caf\u00e9').replace('Three', 'T\ufffd'),
    });
    const report = (await get(id, '/report?outcome=errored')).text.replace(',,Y2', ',tablet,Y2').replace('much', '7');
    const lost = await fixFile(id, report.replace('\u00e9', '\ufffd'));
    expect([lost.status, lost.json.error?.data?.length]).toEqual([400, 1]);
    expect(lost.json.error?.data?.[0]).toEqual({
      field: 'line 2 of the file',
      problem: expect.stringMatching(/U\+FFFD in the column "Label".*UTF-8/),
    });
    expect((await fixFile(id, report)).status).toBe(202);
  });

  test('a line that could not be read and is as it was then is left out, and told of', async () => {
    const file = Buffer.from(
      `${HEADER}\nCaf\xe9,laptop,Lost1,1,\n"A"b,laptop,Lost2,1,\nShort,laptop,Lost3\nBad,,Lost4,1,\n`,
      'latin1',
    );
    const body = form({});
    body.set('file', new Blob([file]), 'items.csv');
    const { json } = await desk.submit(body);
    const id = String(json.data?.id);
    expect((await over(id))?.report).toMatchObject({ numItems: 4, numErrors: 4 });
    const report = (await get(id, '/report')).text;
    const untouched = await fixFile(id, report.replace('Bad,,', 'Bad,laptop,'));
    const done = await over(String(untouched.json.data?.id));
    expect(done?.report).toMatchObject({ numItems: 1, numInserts: 1 });
    expect(done?.report?.warnings).toEqual([
      '3 lines were left out: they could not be read in the original file and are unchanged.',
    ]);
    const lines = report.split('\r\n');
    const again = await fixFile(id, lines.slice(0, 4).join('\r\n'));
    expect([again.status, again.json.error?.data]).toEqual([
      400,
      [
        {
          field: 'rows',
          problem: 'has only lines that could not be read and that are unchanged; correct their values',
        },
      ],
    ]);
    // What was lost is lost also where something else of the line was corrected, and where it comes by itself.
    const half = await fixFile(id, report.replace('Caf\ufffd,laptop', 'Caf\ufffd,phone'));
    const alone = await fix(id, [{ line: 2, cells: ['Caf\ufffd', 'laptop', 'Lost1', '1', ''] }]);
    for (const { status, json } of [half, alone])
      expect([status, json.error?.data?.[0]?.problem]).toEqual([400, expect.stringContaining('U+FFFD')]);
    // Who sends a line by itself has looked at it: its last cell is blank.
    const seen = await fix(id, [
      { line: 2, cells: ['Caf\u00e9', 'laptop', 'Lost1', '1', ''] },
      { line: 4, cells: ['Short', 'laptop', 'Lost3', '', ''] },
    ]);
    expect((await over(String(seen.json.data?.id)))?.report).toMatchObject({ numItems: 2, numInserts: 2 });
  });

  test('a row with too many cells is corrected by removing them in the report', async () => {
    const id = await imported({ file: `${HEADER}\nMany,laptop,Extra1,,,over,flow\nMore,laptop,Extra2,,,left\n` });
    const report = (await get(id, '/report')).text;
    expect(report).toContain('Many,laptop,Extra1,,,2,ragged_row');
    expect((await fixFile(id, report)).status).toBe(400);
    const sent = await fixFile(id, report.replace(/"over,flow"/, ''));
    expect((await over(String(sent.json.data?.id)))?.report).toMatchObject({ numItems: 1, numInserts: 1 });
    // Without their column nobody has removed them on purpose.
    const without = report.replace(/,extraCells|,"over,flow"|,left$/gm, '');
    expect((await fixFile(id, without)).status).toBe(400);
  });

  test('of a file with the columns of a report, those that something is taken from come back, too', async () => {
    const file = 'identifiers.serialNumber,basic.type,Label,line,code,column,reason,extraCells\nR1,,One,7,c,col,why,\n';
    const id = await imported({ file, fields: { mapping: '{"basic.name":"Label","basic.description":"reason"}' } });
    const report = (await get(id, '/report')).text;
    expect(report.split('\r\n')[1]).toMatch(/^R1,,One,7,c,col,why,,2,required,/);
    const sent = await fixFile(id, report.replace('R1,,One', 'R1,laptop,One'));
    expect((await over(String(sent.json.data?.id)))?.report).toMatchObject({ numInserts: 1, numErrors: 0 });
  });

  test('many rows in any order are sorted, and each is on its own line', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => `N${index},,Q${index},,`);
    const id = await imported({ file: `${HEADER}\n${rows.join('\n')}\n` });
    const [head = '', ...lines] = (await get(id, '/report?outcome=errored')).text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(3_000);
    const mended = lines.map((line) => line.replace(',,Q', ',phone,Q')).reverse();
    const sent = await fixFile(id, [head, ...mended].join('\r\n'));
    const done = await over(String(sent.json.data?.id));
    expect(done?.report).toMatchObject({ numItems: 3_000, numInserts: 3_000 });
    const { rows: wrong } = await server.pool.query(
      "select key from inventory_items where key ~ ':Q\\d' and replace(basic_name, 'N', ':Q') <> substr(key, position(':' in key))",
    );
    expect(wrong).toEqual([]);
  });

  test('twenty reports at once in any order are sorted, and none waits for another', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const rows = Array.from({ length: 200 }, (_, index) => `M${index},,M${n}-${index},,`);
      ids.push(await imported({ file: `${HEADER}\n${rows.join('\n')}\n` }));
    }
    const reports = await Promise.all(ids.map((id) => get(id, '/report?outcome=errored')));
    const sent = await Promise.all(
      reports.map(({ text }, n) => {
        const [head = '', ...lines] = text.trimEnd().split('\r\n');
        return fixFile(
          ids[n] as string,
          [head, ...lines.map((line) => line.replace(',,M', ',phone,M')).reverse()].join('\r\n'),
        );
      }),
    );
    expect(sent.map(({ status }) => status)).toEqual(ids.map(() => 202));
    const { rows: left } = await server.pool.query('select count(*)::int as left from sorted_rows');
    expect(left).toEqual([{ left: 0 }]);
  });

  test('an order sent again under its key makes no second task', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',V') });
    const rows = [{ line: 3, cells: ['Two', 'tablet', 'V2', '', ''] }];
    const answers = [await fix(id, rows, { 'idempotency-key': 'k' }), await fix(id, rows, { 'idempotency-key': 'k' })];
    expect(answers[1]?.json).toEqual(answers[0]?.json);
    const other = [{ line: 3, cells: ['Two', 'phone', 'V2', '', ''] }];
    expect((await fix(id, other, { 'idempotency-key': 'k' })).status).toBe(409);
  });
});

describe('a line that is corrected', () => {
  const row = (line: number, serial: string) => ({ line, cells: ['Fixed', 'tablet', serial, '1', ''] });
  const lines = async (id: string, query = '') =>
    ((await get(id, `/lines?outcome=errored${query}`)).json.data?.lines ?? []) as unknown as {
      line: number;
      fix?: { taskId: string; status: string };
    }[];
  const records = async (prefix: string) =>
    (await server.pool.query(`select from inventory_items where key like '%:${prefix}%'`)).rows.length;

  test('is refused as a row, left out of a report, and offered no more, from its submission on', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',W') });
    const report = (await get(id, '/report?format=csv')).text;
    const child = String((await fix(id, [row(3, 'W20')])).json.data?.id);
    expect(await lines(id)).toEqual([
      expect.objectContaining({ line: 3, fix: { taskId: child, status: 'pending' } }),
      expect.not.objectContaining({ fix: expect.anything() }),
    ]);
    const early = await fix(id, [row(3, 'W21'), row(4, 'W22')]);
    expect([early.status, early.json.error?.data]).toEqual([
      400,
      [{ field: 'rows[0]', problem: expect.stringContaining(`line 3, which task ${child} is correcting`) }],
    ]);
    await over(child);
    const late = await fix(id, [row(3, 'W23')]);
    expect([late.status, late.json.error?.data?.[0]?.problem]).toEqual([
      400,
      expect.stringContaining('already corrected'),
    ]);
    expect((await lines(id))[0]).toMatchObject({ line: 3, fix: { taskId: child, status: 'applied' } });
    expect((await lines(id, '&open=true')).map(({ line }) => line)).toEqual([4]);
    expect((await get(id, '/causes?open=true')).json.data).toMatchObject({
      total: 1,
      causes: [{ column: 'purchase.pricing', count: 1, examples: [{ line: 4, value: 'much' }] }],
    });

    // The report that was downloaded first, with all of its rows corrected.
    const corrected = report.replace('Two,,W2', 'Two,phone,W24').replace('much', '3');
    const rest = await fixFile(id, corrected);
    expect(rest.status).toBe(202);
    const done = await over(String(rest.json.data?.id));
    expect(done?.report).toMatchObject({
      numItems: 1,
      numInserts: 1,
      warnings: [expect.stringContaining('1 line was left out')],
    });
    expect(await records('W2')).toBe(1);
    const again = await fixFile(id, corrected);
    expect([again.status, again.json.error?.data?.length]).toEqual([400, 2]);
    expect((await get(id, '/causes?open=true')).json.data).toEqual({ causes: [], total: 0 });
    expect((await get(id, '/family')).json.data?.ledger).toMatchObject({ numItems: 5, numErrors: 0 });
  });

  test('is open again when its correction failed, or never came to it', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',X') });
    const wrong = await fix(id, [{ line: 4, cells: ['Three', 'laptop', 'X3', 'wrong', ''] }]);
    await over(String(wrong.json.data?.id));
    const cancelled = await fix(id, [row(3, 'X2'), row(4, 'X3')]);
    expect(cancelled.status).toBe(202);
    const path = `${desk.path}/${cancelled.json.data?.id}/cancel`;
    expect((await server.ask(path, { method: 'POST', token: desk.token })).status).toBe(200);
    expect((await lines(id, '&open=true')).map(({ line }) => line)).toEqual([3, 4]);
    const third = await fix(id, [row(3, 'X2'), row(4, 'X3')]);
    expect((await over(String(third.json.data?.id)))?.report).toMatchObject({ numInserts: 2 });
  });

  test('of ten orders at once, one is taken', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',Y') });
    const child = String((await fix(id, [{ line: 4, cells: ['T', 'laptop', 'Y3', 'bad', ''] }])).json.data?.id);
    await over(child);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => fix(n % 2 ? id : child, [row(4, `Y4${n}`)])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(expect.toBeOneOf([400, 409]))]);
    await over(String(answers.find(({ status }) => status === 202)?.json.data?.id));
    expect(await records('Y4')).toBe(1);
  });

  test('of a dry run, which changes nothing, can be tried again', async () => {
    const id = await imported({ file: FILE.replaceAll(',S', ',Z'), fields: { dryRun: 'true' } });
    for (const serial of ['Z8', 'Z9']) {
      const { status, json } = await fix(id, [row(3, serial)]);
      expect(status).toBe(202);
      expect((await over(String(json.data?.id)))?.report).toMatchObject({ numInserts: 1 });
    }
    expect(await records('Z')).toBe(0);
  });
});
