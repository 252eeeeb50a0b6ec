import type { Catalogue } from '../../operations/catalogue.ts';
import { fileRows } from '../../operations/import/file-rows.ts';
import { suggestMapping } from '../../operations/import/suggest.ts';
import { findFormats } from '../../operations/import/suggest-formats.ts';
import { openCsv } from '../../readers/csv/csv.ts';
import { describeCsv } from '../../readers/csv/describe-csv.ts';
import type { ByteSource, Row } from '../../readers/reader.ts';
import { importableColumns, type Resource } from '../../resources/resource.ts';
import { TaskError } from '../../task/errors.ts';
import { ServiceError } from '../platform/service-error.ts';
import { checkImport } from '../submit/check-import.ts';
import { inflateStart, inMemory } from './file-start.ts';

/** Bytes of a file that are looked at: its first ones. */
export const PREVIEW_BYTES = 1024 * 1024;
/** Records that are shown; all that were read are looked at for suggestions. */
const SHOWN_ROWS = 50;
/** A file with more is no table that anybody could map; to look at a million took 0.5 s. */
const MAX_COLUMNS = 100_000;
/** Records that are looked at. */
const READ_ROWS = 5_000;

/** The beginning of a file that is to be imported. */
export interface FileStart {
  readonly bytes: Buffer;
  /** Whether `bytes` is all of it. */
  readonly whole: boolean;
  /** What is to be done with it, if that is known. */
  readonly action?: string;
  /** As it was declared. */
  readonly encoding?: string;
}

/** A column that the file can give. */
export interface TargetColumn {
  /** Such as `basic.name`; of open columns `metadata.*`. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** Whether it tells a record from others, or is one of those that do. */
  readonly key: boolean;
  /** Whether any name with its prefix is a column. */
  readonly open: boolean;
  readonly examples: readonly string[];
}

export interface FilePreview {
  readonly encoding: string;
  readonly delimiter: string;
  readonly compression: string;
  readonly header: readonly string[];
  /** Cells of the first records, as they stand in the file. */
  readonly rows: readonly (readonly string[])[];
  /** Whether `rows` is all of the file. */
  readonly complete: boolean;
  /** Of the action's resource; none when no action is given. */
  readonly columns: readonly TargetColumn[];
  /** Target column → header. */
  readonly suggestions: Readonly<Record<string, string>>;
  /** Header → format of its dates. */
  readonly dateFormats: Readonly<Record<string, string>>;
  /** Header → format of its numbers. */
  readonly numberFormats: Readonly<Record<string, string>>;
  /** Whether it is an OpenBulk report: the user more likely wants to correct its lines than to import them again. */
  readonly report: boolean;
  /** Resources whose key the columns have, by their names: those for which the file may be. */
  readonly fits: readonly string[];
  /** Records that lack their last cells, where nothing else is wrong with any: those that `allowShortRows` takes. */
  readonly shortRows?: number;
}

/**
 * What the beginning of a file looks like to an import, read by what will read all of it. Nothing is kept.
 *
 * @throws ServiceError `invalid`: of `file`, why it cannot be read
 */
export async function previewFile(
  catalogue: Catalogue,
  { bytes, whole, action, encoding }: FileStart,
): Promise<FilePreview> {
  const problems = action === undefined ? [] : checkImport(catalogue, action, { override: false });
  if (problems.length > 0) throw new ServiceError('invalid', 'The preview is not valid.', problems);
  const resource = action === undefined ? undefined : catalogue.action(action)?.resource;
  try {
    const start = await inflateStart(bytes, PREVIEW_BYTES);
    const source = inMemory(start.bytes);
    const format = await describeCsv(source, encoding === undefined ? {} : { encoding });
    if (format.header.length > MAX_COLUMNS) {
      throw new TaskError(
        'file_unreadable',
        `The file has more than ${MAX_COLUMNS} columns. Check whether it uses another delimiter.`,
      );
    }
    const read = await readRows(source, format);
    const seen = whole && start.whole;
    // A record that ends where the bytes do may go on behind them.
    const rows = read.all && !seen ? read.rows.slice(0, -1) : read.rows;
    const { delimiter } = format;
    const { header, report, convert } = fileRows(format.header, false);
    const sample = { header, rows: rows.map((row) => convert(row).cells) };
    const suggestions = resource ? suggestMapping(resource, sample) : {};
    const shortRows = countShort(rows, header.length);
    return {
      encoding: format.encoding,
      delimiter,
      compression: start.compression,
      header,
      rows: sample.rows.slice(0, SHOWN_ROWS),
      complete: seen && read.all && rows.length <= SHOWN_ROWS,
      columns: resource ? targetColumns(resource) : [],
      suggestions,
      report,
      fits: findFits(catalogue, header),
      ...findFormats(sample, resource, suggestions),
      ...(shortRows > 0 && { shortRows }),
    };
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    throw new ServiceError('invalid', error.message, [{ field: 'file', message: error.message }]);
  }
}

async function readRows(source: ByteSource, format: Parameters<typeof openCsv>[1]) {
  const reader = openCsv(source, format);
  try {
    const { rows, done } = await reader.read({ rows: READ_ROWS, bytes: PREVIEW_BYTES });
    return { rows, all: done };
  } finally {
    await reader.close();
  }
}

/** A file with more columns is for whoever knows it. */
const MOST_FITTED = 2_000;

function findFits({ resources }: Catalogue, header: readonly string[]): string[] {
  if (header.length > MOST_FITTED) return [];
  const importable = resources.filter(({ operations }) => operations.includes('import'));
  return importable
    .filter((resource) => {
      const found = suggestMapping(resource, { header, rows: [] });
      const { columns, together } = resource.key;
      return together ? columns.every((name) => name in found) : columns.some((name) => name in found);
    })
    .map(({ name }) => name);
}

/** How many records lack their last cells; none where anything else is wrong with one. */
function countShort(rows: readonly Row[], columns: number): number {
  const wrong = rows.filter(({ error }) => error !== undefined);
  const short = wrong.filter(({ error, cells }) => error?.code === 'ragged_row' && cells.length < columns);
  return short.length === wrong.length ? short.length : 0;
}

function targetColumns(resource: Resource): TargetColumn[] {
  const { key, open } = resource;
  const columns = importableColumns(resource).map(({ name, type, required, examples = [] }) => ({
    name,
    type: type.sql,
    required: required === true,
    key: key.columns.includes(name),
    open: false,
    examples: examples.filter((example) => example !== ''),
  }));
  if (!open) return columns;
  const { prefix, type, example } = open;
  const any = { name: `${prefix}*`, type: type.sql, required: false, key: false, open: true };
  return [...columns, { ...any, examples: example.values }];
}
