import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvLines } from '../../../src/files/csv-lines.ts';
import { fromSpreadsheetCell } from '../../../src/files/spreadsheet-cell.ts';
import { cellText } from '../../../src/readers/csv/cell-text.ts';
import { fromHex24, toHex24 } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { anyText } from '../../support/data/any-text.ts';
import { openServer, type TestServer } from '../server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

/** The columns, and rows of as many cells. */
const tables = fc.integer({ min: 1, max: 4 }).chain((columns) => {
  const row = fc.array(anyText, { minLength: columns, maxLength: columns });
  return fc.record({ headers: row, rows: fc.array(row, { minLength: 1, maxLength: 5 }) });
});

/** What an organization does with its users. */
async function openDesk(slug: string) {
  const organizationId = await server.organization(slug);
  const token = await server.token(organizationId);
  const path = `/v1/organizations/${slug}/bulk-tasks`;
  const over = (id: string) => server.finished({ id: fromHex24(id), organizationId } as Task);
  return {
    async imported(csv: string, mapping: Record<string, string>) {
      const task = await server.submit(organizationId, 'import-mdm-users', csv, { override: true, mapping });
      return over(toHex24(task.id));
    },
    async report(id: string, query: string): Promise<string> {
      return (await server.ask(`${path}/${toHex24(id)}/report?${query}`, { token })).text;
    },
    async fixed(id: string, csv: string) {
      const body = new FormData();
      body.append('file', new Blob([csv]), 'report.csv');
      const { status, json } = await server.ask(`${path}/${toHex24(id)}/fixes`, { method: 'POST', token, body });
      expect([status, json.error]).toEqual([202, undefined]);
      return over(String(json.data?.id));
    },
    async exported(format: string): Promise<string> {
      const { json } = await server.ask('/v2/task/create', {
        ...{ method: 'POST', token, headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ handler: 'ExportHandler', request: { resource: 'mdm-users', format } }),
      });
      const id = String(json.task_id);
      await over(toHex24(id));
      return (await server.ask(`/v2/task/download/${id}`, { token })).text;
    },
  };
}

type Values = Record<string, Record<string, string>>;

/** E-mail to the members of its record that are not blank. */
function valuesOf(rows: readonly (readonly string[])[]): Values {
  const values = rows.map((row, index) => {
    const members = row.map((cell, at) => [`m${at}`, cellText(cell)] as const).filter(([, value]) => value !== '');
    return [emailOf(index), Object.fromEntries(members)];
  });
  return Object.fromEntries(values);
}

const emailOf = (index: number) => `user${index}@example.com`;

function fromCsv(csv: string): Values {
  const rows = parse(csv, { columns: true, relax_column_count: false }) as Record<string, string>[];
  return Object.fromEntries(
    rows.map(({ email = '', ...row }) => {
      const members = Object.entries(row).filter(([name, cell]) => name.startsWith('metadata.') && cell !== '');
      return [
        email,
        Object.fromEntries(members.map(([name, cell]) => [name.slice('metadata.'.length), cellText(cell)])),
      ];
    }),
  );
}

function fromJson(records: readonly { email: string; metadata?: Record<string, string> | null }[]): Values {
  return Object.fromEntries(records.map(({ email, metadata }) => [email, metadata ?? {}]));
}

let runs = 0;

test('any table of any text comes back as it was, from reports, through corrections, and from exports', async () => {
  const law = fc.asyncProperty(tables, async ({ headers, rows }) => {
    runs += 1;
    const desk = await openDesk(`law-${runs}`);
    const mapping = Object.fromEntries(headers.map((_, at) => [`metadata.m${at}`, `#${at + 3}`]));
    const sent = csvLines([['Address', 'Row', ...headers], ...rows.map((row, index) => ['', `r${index}`, ...row])]);
    const task = await desk.imported(sent, { email: 'Address', ...mapping });
    expect(task.counters).toMatchObject({ items: rows.length, errors: rows.length });

    const report = parse(await desk.report(task.id, 'format=csv'), { relax_column_count: false }) as string[][];
    const cells = report.slice(1).map((row) => row.slice(2, 2 + headers.length).map(fromSpreadsheetCell));
    expect(cells).toEqual(rows);
    const lines = (await desk.report(task.id, 'format=ndjson'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(JSON.parse(await desk.report(task.id, 'format=json')).data.lines).toEqual(lines);
    expect(lines.map(({ record }) => Object.values(record).sort())).toEqual(
      rows.map((row, index) => ['', `r${index}`, ...row].sort()),
    );

    // As a person sends it back: the cells as they were found, the rows in another order.
    const mended = report.slice(1).map((row) => [emailOf(Number(row[1]?.slice(1))), ...row.slice(1)]);
    const fixes = await desk.fixed(task.id, csvLines([report[0] ?? [], ...mended.reverse()]));
    expect(fixes.counters).toMatchObject({ inserts: rows.length, errors: 0 });

    const expected = valuesOf(rows);
    const csv = await desk.exported('csv');
    expect(fromCsv(csv)).toEqual(expected);
    expect(
      fromJson(
        (await desk.exported('ndjson'))
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    ).toEqual(expected);
    expect(fromJson(JSON.parse(await desk.exported('json')))).toEqual(expected);
    const again = await desk.imported(csv, {});
    expect(again.counters).toMatchObject({ items: rows.length, skips: rows.length });
  });
  await server.working(() => fc.assert(law, { numRuns: 8 }));
});
