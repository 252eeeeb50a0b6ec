import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvLines } from '../../../src/files/csv-lines.ts';
import { fromHex24 } from '../../../src/task/ids.ts';
import { storedFiles } from '../../support/data/stored-files.ts';
import { runs } from '../../support/runs.ts';
import { openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './submissions.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const HEADER = ['Label', 'basic.type', 'identifiers.serialNumber', 'purchase.pricing'];
const NUMBERS = ['numItems', 'numInserts', 'numUpdates', 'numSkips', 'numErrors'] as const;

type Cells = readonly string[];
type Content = string | Buffer<ArrayBuffer>;

/** What a desk does with inventory items. */
function workOf(desk: Desk) {
  const { token, path } = desk;
  const post = (id: string, verb: string, headers: Record<string, string> = {}, body?: string) =>
    server.ask(`${path}/${id}/${verb}`, { method: 'POST', token, headers, ...(body && { body }) });
  const over = async (id: string) => {
    const task = { id: fromHex24(id), organizationId: desk.organizationId } as never;
    await server.working(() => server.finished(task));
    return (await server.ask(`${path}/${id}`, { token })).json.data as Record<string, never>;
  };
  return {
    over,
    async imported(content: Content, fields: Record<string, string> = {}): Promise<string> {
      const data = new FormData();
      const all = { action: 'import-inventory-items', mapping: '{"basic.name":"Label"}', ...fields };
      for (const [name, value] of Object.entries(all)) data.append(name, value);
      data.append('file', new Blob([content]), 'items.csv');
      const id = String((await desk.submit(data)).json.data?.id);
      await over(id);
      return id;
    },
    /** Not looked at before somebody waits for it. */
    async sent(id: string, rows: readonly { line: number; cells: Cells }[]): Promise<string> {
      const { status, json } = await post(
        id,
        'fixes',
        { 'content-type': 'application/json' },
        JSON.stringify({ rows }),
      );
      expect([status, json.error]).toEqual([202, undefined]);
      return String(json.data?.id);
    },
    async fixed(id: string, rows: readonly { line: number; cells: Cells }[]): Promise<string> {
      const fixes = await this.sent(id, rows);
      await over(fixes);
      return fixes;
    },
    run: (id: string, headers?: Record<string, string>) => post(id, 'run', headers),
    /** The numbers of a task, and each line that was not applied, with its cells and why. */
    async ledger(id: string) {
      const { report } = await over(id);
      const { columns, lines } = (await server.ask(`${path}/${id}/report?format=json`, { token })).json
        .data as unknown as { columns: unknown; lines: unknown[] };
      return { numbers: NUMBERS.map((name) => report?.[name]), columns, lines };
    },
    async records() {
      const { rows } = await server.pool.query(
        `select key, basic_name, basic_type, purchase_pricing from inventory_items where organization_id = $1 order by key`,
        [desk.organizationId],
      );
      return rows;
    },
    cancel: (id: string) => post(id, 'cancel'),
  };
}

let numDesks = 0;
async function open() {
  numDesks += 1;
  return workOf(await openDesk(server, `run-${numDesks}`));
}

const TWO = `${HEADER}\nOne,laptop,S1,1\nTwo,,S2,2\n`;

interface Row {
  readonly raw: string | Buffer;
  readonly wrong?: true;
}
const cells = fc.tuple(
  fc.constantFrom('A', 'B', 'a "quoted" name', 'two\nlines', "'=mark", 'ñ,€;😀', ' blank '),
  fc.constantFrom('laptop', 'phone'),
  fc.integer({ min: 0, max: 5 }).map((n) => `S${n}`),
  fc.constantFrom('', '1', '2.50'),
);
const good = cells.map((row): Row => ({ raw: csvLines([row]) }));
/** Rows that the check finds an error in, or the reader; each is one physical line. */
const wrong = fc
  .constantFrom<Row['raw']>(
    'No type,,S1,\n',
    'Price,laptop,S2,much\n',
    'Short,laptop,S3\n',
    'Long,laptop,S3,,more,\n',
    'Longer,laptop,"S,3",1,1,1,1\n',
    '"Quotes"x,laptop,S4,\n',
    'A " within,laptop,S4,\n',
    'NUL \0,laptop,S4,\n',
    Buffer.concat([Buffer.from('Bytes '), Buffer.from([0xff]), Buffer.from(',laptop,S4,\n')]),
  )
  .map((raw): Row => ({ raw, wrong: true }));
const corrected = fc.oneof({ weight: 3, arbitrary: cells }, { weight: 1, arbitrary: fc.constant(['', '', 'S1', '']) });

/** A file, and what is sent in turn for some of its wrong lines: to the check, then to the one before. */
const cases = fc.record({
  rows: fc.array(fc.oneof({ weight: 2, arbitrary: good }, { weight: 3, arbitrary: wrong }), {
    minLength: 1,
    maxLength: 12,
  }),
  override: fc.boolean(),
  tries: fc.array(fc.array(fc.option(corrected, { nil: undefined }), { minLength: 12, maxLength: 12 }), {
    minLength: 1,
    maxLength: 3,
  }),
});

/** Physical line on which each row starts. */
function linesOf(rows: readonly Row[]): number[] {
  let line = 2;
  return rows.map(({ raw }) => {
    const at = line;
    line += String(raw).split('\n').length - 1;
    return at;
  });
}

test('the run of a check leaves what an import of the corrected file does: every line, record and reason', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, override, tries }) => {
      const [checked, straight] = [await open(), await open()];
      const lines = linesOf(rows);
      const file = (parts: readonly Row['raw'][]) =>
        Buffer.concat([`${HEADER}\n`, ...parts].map((part) => Buffer.from(part as string)));
      const fields = { override: String(override) };
      const check = await checked.imported(file(rows.map(({ raw }) => raw)), { ...fields, dryRun: 'true' });
      const latest = rows.map(({ raw }) => raw);
      for (const sent of tries) {
        const fixes = rows.flatMap(({ wrong }, index) => {
          const row = sent[index];
          if (!wrong || !row) return [];
          // A line break would move the lines behind it, in the one file alone.
          const cells = row.map((cell) => cell.replace('\n', ' '));
          latest[index] = csvLines([cells]);
          return [{ line: lines[index] as number, cells }];
        });
        if (fixes.length > 0) await checked.fixed(check, fixes);
      }
      expect(await checked.records()).toEqual([]);
      const run = await checked.run(check);
      expect([run.status, run.json.error]).toEqual([202, undefined]);
      const expected = await straight.imported(file(latest), fields);
      expect(await checked.ledger(String(run.json.data?.id))).toEqual(await straight.ledger(expected));
      expect(await checked.records()).toEqual(await straight.records());
    }),
    { numRuns: runs(25) },
  );
}, 240_000);

test('without corrections it works on the file that is there; it is a root of its own, with settings but dryRun', async () => {
  const desk = await open();
  const check = await desk.imported(TWO, { dryRun: 'true' });
  const before = await storedFiles(server);
  const { status, json, headers } = await desk.run(check);
  expect([status, headers.get('location')]).toEqual([
    202,
    `/v1/organizations/run-${numDesks}/bulk-tasks/${json.data?.id}`,
  ]);
  const done = await desk.over(String(json.data?.id));
  expect(done).toMatchObject({ config: { override: false, mapping: { 'basic.name': 'Label' } } });
  expect([done.dryRun, done.parentId, await storedFiles(server)]).toEqual([undefined, undefined, before]);
  expect(await desk.records()).toMatchObject([{ basic_name: 'One' }]);
});

test('what it could not apply is corrected like lines of any import, in a family of its own', async () => {
  const desk = await open();
  const check = await desk.imported(`${TWO}Short,laptop,S3\n`, { dryRun: 'true' });
  const first = await desk.fixed(check, [{ line: 3, cells: ['Two', '', 'S20', '2'] }]);
  // A correction of a correction, and the run of any of the family.
  await desk.fixed(first, [{ line: 3, cells: ['Two', 'phone', 'S21', '2'] }]);
  const run = String((await desk.run(first)).json.data?.id);
  expect(await desk.over(run)).toMatchObject({ report: { numItems: 3, numInserts: 2, erroredLines: [{ line: 4 }] } });
  const fixes = await desk.fixed(run, [{ line: 4, cells: ['Short', 'laptop', 'S3', ''] }]);
  expect(await desk.over(fixes)).toMatchObject({ parentId: run, report: { numInserts: 1 } });
  expect(await desk.records()).toMatchObject([{ basic_name: 'One' }, { basic_name: 'Two' }, { basic_name: 'Short' }]);
});

test('corrections that are being checked are waited for, and those that were cancelled are left out', async () => {
  const desk = await open();
  const check = await desk.imported(TWO, { dryRun: 'true' });
  const fixes = await desk.sent(check, [{ line: 3, cells: ['Two', 'phone', 'S2', '2'] }]);
  const early = await desk.run(check);
  expect([early.status, early.json.error?.message]).toEqual([
    409,
    expect.stringContaining(`Task ${fixes} is checking`),
  ]);
  await desk.cancel(fixes);
  const run = String((await desk.run(check)).json.data?.id);
  expect(await desk.over(run)).toMatchObject({ report: { numInserts: 1, erroredLines: [{ line: 3 }] } });
});

test('a record that takes more bytes in the new file than are read of others is still that record', async () => {
  const desk = await open();
  // What begins with it would be taken for another kind of file.
  const text = new Array<string>(5_000).fill('Filler,laptop,F1,');
  const rows = ['No type,,S1,', ...text, `${'\0'.repeat(1_000_000)},laptop,S2,`, `"x"y${','.repeat(100_000)}`];
  const check = await desk.imported(`${HEADER}\n${rows.join('\n')}\n`, { dryRun: 'true' });
  await desk.fixed(check, [{ line: 2, cells: ['Typed', 'laptop', 'S1', ''] }]);
  const run = await desk.run(check);
  const { lines } = await desk.ledger(String(run.json.data?.id));
  const { lines: before } = await desk.ledger(check);
  expect(lines).toEqual(before.slice(1));
}, 60_000);

test('an order sent again under its key makes no second task', async () => {
  const desk = await open();
  const check = await desk.imported(TWO, { dryRun: 'true' });
  const key = { 'idempotency-key': 'k' };
  const answers = await Promise.all(Array.from({ length: 5 }, () => desk.run(check, key)));
  expect(new Set(answers.map(({ json }) => json.data?.id)).size).toBe(1);
  await desk.fixed(check, [{ line: 3, cells: ['Two', 'phone', 'S2', '2'] }]);
  expect((await desk.run(check, key)).json).toEqual(answers[0]?.json);
  const other = await desk.imported(TWO, { dryRun: 'true' });
  expect((await desk.run(other, key)).status).toBe(409);
});

test('what is no dry run, is not completed or has lost its file is refused in a sentence', async () => {
  const desk = await open();
  const said = async (id: string) => {
    const { status, json } = await desk.run(id);
    return [status, json.error?.message];
  };
  expect(await said(await desk.imported(TWO))).toEqual([409, 'Only a dry run of an import can be run.']);
  expect((await said('65f1c0ffee65f1c0ffee65f1'))[0]).toBe(404);
  const lost = await desk.imported(TWO, { dryRun: 'true' });
  await server.pool.query('update tasks set file_id = null where id = $1', [fromHex24(lost)]);
  expect(await said(lost)).toEqual([409, expect.stringContaining('no longer exists')]);
  const bare = await desk.imported(TWO, { dryRun: 'true' });
  const { rows } = await server.pool.query('select key from files join tasks t on file_id = files.id where t.id = $1', [
    fromHex24(bare),
  ]);
  await server.files.remove(rows[0].key);
  expect(await said(bare)).toEqual([409, expect.stringContaining('no longer exists')]);
  const failed = await desk.imported('Label\nx\n', { dryRun: 'true' });
  expect(await said(failed)).toEqual([409, 'The dry run is failed: check the file again.']);
});
