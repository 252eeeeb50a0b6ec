import { numberOf } from '../task/json/exact-json.ts';
import { readTimestamp } from './cells/timestamps.ts';
import type { ColumnType, SqlType } from './types/column-type.ts';

/** What a query selects of a column: what PostgreSQL's driver would round, or make dates of, comes as text. */
export function selected(sql: string, type: SqlType): string {
  if (type === 'bigint') return `${sql}::text`;
  return type.endsWith('[]') && type !== 'text[]' ? `${sql}::text[]` : sql;
}

/** A value that was `selected`, as JSON has it. */
export function jsonValue(value: unknown, type: SqlType): unknown {
  switch (type) {
    case 'timestamptz':
      return (value as Date).toISOString();
    // PostgreSQL's exact numbers come as text, and may be none of JavaScript's.
    case 'numeric':
    case 'bigint':
      return numberOf(value as string);
    case 'bytea':
      return (value as Buffer).toString('base64');
    case 'numeric[]':
    case 'bigint[]':
      return (value as string[]).map(numberOf);
    case 'boolean[]':
      return (value as string[]).map((entry) => entry === 'true');
    case 'timestamptz[]':
      return (value as string[]).map(readTimestamp);
    default:
      return value;
  }
}

/** A value that was `selected`, as a file's cell: an import of it changes nothing. */
export function cellValue(value: unknown, { sql, list, spell }: ColumnType): string {
  // A blank cell would be no list at all.
  if (list) return (jsonValue(value, sql) as unknown[]).map(asText).join(list.delimiter) || list.delimiter;
  // Numbers as PostgreSQL writes them.
  const text =
    sql === 'numeric' ? (value as string) : sql === 'jsonb' ? JSON.stringify(value) : asText(jsonValue(value, sql));
  return spell ? spell(text) : text;
}

function asText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
