import { stringify } from 'csv-stringify/sync';

/** Rows as lines of CSV (RFC 4180). Quoted are line breaks of every kind: by itself, the library quotes only those that end its records. */
export function csvLines(rows: readonly (readonly string[])[]): string {
  return stringify(rows as string[][], { record_delimiter: 'windows', quoted_match: /\r|\n/ });
}
