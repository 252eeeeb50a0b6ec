/** The pattern of `like` that any text matches which has this one in it. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/**
 * That one of the columns has a text in it, in upper or lower case. One comparison instead of one for each column, and byte by byte
 * where the text is ASCII, since the folding of all of Unicode costs twice as much: with both, a quarter of the work.
 *
 * @param pattern the parameter that is `containing(text)`
 */
export function anyContains(columns: readonly string[], text: string, pattern: string): string {
  const bytewise = /^[\x20-\x7e]*$/.test(text) ? ' collate "C"' : '';
  // What lies between the columns is in nothing that a person types.
  return `(concat_ws(E'\\x1f', ${columns.join(', ')})${bytewise} ilike ${pattern})`;
}
