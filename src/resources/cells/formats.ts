import type { ColumnType } from '../types/column-type.ts';
import type { CellReader } from './cell-reader.ts';
import { dateReader } from './dates.ts';
import { numberReader } from './numbers.ts';

/** Reads the cells of a column of that type, written as `format` says; `undefined` when that is no format of such a column. */
export function formatReader({ format: kind }: ColumnType, format: string): CellReader | undefined {
  if (kind === undefined) return undefined;
  return kind === 'date' ? dateReader(format) : numberReader(format);
}

/** What a format of such a column is, as the end of a sentence. */
export function formatHelp({ format: kind }: ColumnType): string {
  if (kind === 'date') return DATE_FORMAT_HELP;
  return kind === 'number'
    ? 'write the number 1234.56 as the file would, such as 1.234,56'
    : 'it is not a date or number';
}

export const DATE_FORMAT_HELP =
  "write a year (YYYY or YY), a month (MM or M) and a day (DD or D) once each, such as M/D/YY, or Excel for Excel's date numbers";
