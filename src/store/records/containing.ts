import { raw, type Sql, sql } from '../connection/sql.ts';

/** The pattern of `like` that any text matches which has this one in it. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/**
 * That one of the columns has a text in it, in upper or lower case. One comparison instead of one for each column, and byte by byte
 * where the text is ASCII, since the folding of all of Unicode costs twice as much: with both, a quarter of the work.
 */
export function anyContains(columns: readonly string[], text: string): Sql {
  const bytewise = /^[\x20-\x7e]*$/.test(text) ? ' collate "C"' : '';
  // What lies between the columns is in nothing that a person types.
  return sql`(${raw(`concat_ws(E'\\x1f', ${columns.join(', ')})${bytewise}`)} ilike ${containing(text)})`;
}
