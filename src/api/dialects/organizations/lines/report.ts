import { csvLines } from '../../../../files/csv-lines.ts';
import { spreadsheetCell } from '../../../../files/spreadsheet-cell.ts';
import type { Report, ReportLine } from '../../../../service/lines/read-report.ts';
import { toHex24 } from '../../../../task/ids.ts';
import { REPORT_COLUMNS } from '../../../../task/report-columns.ts';
import { type reportFormats, reportLine } from '../schema.ts';

export type ReportFormat = (typeof reportFormats)[number];

/** Media type of each format, in the order of preference. */
export const mediaTypes = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  json: 'application/json',
} as const satisfies Record<ReportFormat, string>;

/** By which Excel knows that a file is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The full report of a task, as text, piece by piece.
 *
 * @param forExcel whether CSV is to begin with a byte-order mark
 */
export async function* formatReport(report: Report, format: ReportFormat, forExcel: boolean): AsyncGenerator<string> {
  if (forExcel && format === 'csv') yield BYTE_ORDER_MARK;
  yield* formatters[format](report);
}

const formatters = { csv, ndjson, json } as const satisfies Record<
  ReportFormat,
  (report: Report) => AsyncGenerator<string>
>;

/**
 * The original columns and what is to be said of the line. Every line has the header's number of cells: what one has more in the
 * file is together in one cell, as CSV. A report that is mended and sent in again does not grow: its added
 * columns are replaced.
 */
async function* csv({ header, columns, lines }: Report): AsyncGenerator<string> {
  let rows: (readonly string[])[] = [[...columns, ...REPORT_COLUMNS].map(spreadsheetCell)];
  for await (const { cells, line, code, column = '', reason } of lines()) {
    const original = Array.from({ length: columns.length }, (_, index) => cells[index] ?? '');
    const extra = cells.slice(header.length);
    const extraCells = extra.length > 0 ? csvLines([extra]).trimEnd() : '';
    rows.push([...original, String(line), code, column, reason, extraCells].map(spreadsheetCell));
    if (rows.length < TOGETHER) continue;
    yield csvLines(rows);
    rows = [];
  }
  yield csvLines(rows);
}

/** Rows written at once: one by one takes four times as long. */
const TOGETHER = 50;

async function* ndjson(report: Report): AsyncGenerator<string> {
  const names = memberNames(report.header);
  for await (const line of report.lines()) yield `${JSON.stringify(toWireLine(names, line))}\n`;
}

/** One document in the dialect's envelope. */
async function* json(report: Report): AsyncGenerator<string> {
  const head = JSON.stringify({ id: toHex24(report.task.id), columns: report.header });
  yield `{"status":true,"data":${head.slice(0, -1)},"lines":[`;
  const names = memberNames(report.header);
  let separator = '';
  for await (const line of report.lines()) {
    yield separator + JSON.stringify(toWireLine(names, line));
    separator = ',';
  }
  yield ']}}';
}

function toWireLine(names: readonly string[], { cells, ...line }: ReportLine): object {
  const record = Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  const extraCells = cells.slice(names.length);
  return reportLine.parse({ ...line, record, ...(extraCells.length > 0 && { extraCells }) });
}

/** A unique name for each column: its header, and its position too if the header is repeated or blank. */
function memberNames(header: readonly string[]): string[] {
  const taken = new Set(header);
  const seen = new Set<string>();
  return header.map((name, index) => {
    let own = name;
    if (seen.has(name)) {
      own = `${name} (column ${index + 1})`.trim();
      while (taken.has(own)) own += "'";
      taken.add(own);
    }
    seen.add(name);
    return own;
  });
}
