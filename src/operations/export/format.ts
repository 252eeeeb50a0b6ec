import { csvLines } from '../../files/csv-lines.ts';
import { cellOf } from '../../readers/csv/cell-text.ts';
import { type StoredRecord, toRecordObject } from '../../resources/record-object.ts';
import { cellValue } from '../../resources/record-values.ts';
import type { Column, Resource } from '../../resources/resource.ts';
import type { ExportFormat } from '../../task/task.ts';

/** How records are written. The pieces make the same bytes however the records are cut up. */
export interface RecordFormat {
  readonly mimetype: string;
  /** Before the first record. */
  readonly head: string;
  /** Records, `index` of which come before them. */
  write(records: readonly StoredRecord[], index: number): string;
  /** Behind the last of `rows` records. */
  tail(rows: number): string;
}

/** @param openNames of the open columns, those that a table has; the other formats show what each record has */
export function recordFormat(format: ExportFormat, resource: Resource, openNames: readonly string[]): RecordFormat {
  if (format === 'csv') return csv(resource, openNames);
  const toJson = (record: StoredRecord) => JSON.stringify(toRecordObject(resource, record));
  if (format === 'ndjson') {
    return {
      mimetype: 'application/x-ndjson',
      head: '',
      write: (records) => records.map((record) => `${toJson(record)}\n`).join(''),
      tail: () => '',
    };
  }
  return {
    mimetype: 'application/json',
    head: '[',
    write: (records, index) =>
      records.map((record, i) => `${index + i === 0 ? '\n' : ',\n'}${toJson(record)}`).join(''),
    tail: (rows) => (rows === 0 ? ']\n' : '\n]\n'),
  };
}

/**
 * The resource's own columns, spelled as an import reads them: an export can be imported as it is, and gives the same bytes
 * when it is exported again. So nothing is put before what a spreadsheet takes for a formula, as reports do: a value that came out
 * changed would go in changed.
 */
function csv({ columns, open, document }: Resource, openNames: readonly string[]): RecordFormat {
  const openName = open?.prefix.slice(0, -1) ?? '';
  const header = [
    ...columns.map(({ name }) => name),
    ...openNames.map((name) => `${open?.prefix}${name}`),
    ...(document ? [document.name] : []),
  ];
  const cells = ({ values }: StoredRecord): string[] => {
    const free = values[openName] as Readonly<Record<string, string>> | undefined;
    return [
      ...columns.map((column) => toCell(column, values[column.name])),
      ...openNames.map((name) => (free && Object.hasOwn(free, name) ? cellOf(free[name] as string) : '')),
      ...(document ? [JSON.stringify(values[document.name])] : []),
    ];
  };
  return {
    mimetype: 'text/csv',
    head: csvLines([header]),
    write: (records) => csvLines(records.map(cells)),
    tail: () => '',
  };
}

function toCell({ type }: Column, value: unknown): string {
  return value === null || value === undefined ? '' : cellOf(cellValue(value, type));
}
