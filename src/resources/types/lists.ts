import type { ColumnType, ListSqlType } from './column-type.ts';
import { text } from './texts.ts';

/** Characters of a cell of a list. */
const MAX_LIST = 100_000;

/** PostgreSQL types of lists, by those of their entries. */
const LIST_TYPES = {
  text: 'text[]',
  bigint: 'bigint[]',
  numeric: 'numeric[]',
  boolean: 'boolean[]',
  date: 'date[]',
  time: 'time[]',
  timestamptz: 'timestamptz[]',
} as const satisfies Record<string, ListSqlType>;

/** Types that entries of a list can have. */
export type ItemSqlType = keyof typeof LIST_TYPES;

/** A list of texts written in one cell, its entries separated by `|`. */
export const list: ColumnType = listOf(text(MAX_LIST), 'text', '|');

/** A list written in one cell; blank entries are dropped, so the delimiter alone is an empty list. */
export function listOf(item: ColumnType, sql: ItemSqlType, delimiter: string): ColumnType {
  const each = sql === 'text' ? '' : `, each entry ${item.expected}`;
  const literal = (entries: readonly string[], read: (entry: string) => string | undefined) => {
    const written: string[] = [];
    for (const entry of entries) {
      if (entry === '') continue;
      const value = read(entry);
      if (value === undefined) return undefined;
      written.push(quotes(sql) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value);
    }
    return `{${written.join(',')}}`;
  };
  return {
    sql: LIST_TYPES[sql],
    expected: `a list separated by ${delimiter.trim() === '' ? JSON.stringify(delimiter) : delimiter}${each}`,
    verbatim: true,
    maxLength: MAX_LIST,
    list: { delimiter, item },
    canonical: (cell) =>
      literal(
        cell.split(delimiter).map((entry) => entry.trim()),
        item.canonical,
      ),
  };
}

/** The entries of a canonical list of texts, or of other values. */
export function entriesOf(canonical: string): string[] {
  return Array.from(canonical.matchAll(/"((?:[^"\\]|\\.)*)"|([^{},"]+)/gs), ([, quoted, bare]) =>
    quoted === undefined ? (bare as string) : quoted.replace(/\\(.)/gs, '$1'),
  );
}

/** Whether PostgreSQL's own spelling has quotes; of texts it has some where they are needed, ours has them always. */
function quotes(sql: ItemSqlType): boolean {
  return sql === 'text' || sql === 'timestamptz';
}
