const EQUALS = '='.charCodeAt(0);

/**
 * What a cell says: without the blanks around it, and without the formula `="0006003"` by which files for Excel keep it from
 * taking a text for a number.
 */
export function cellText(cell: string): string {
  const text = cell.trim();
  if (text.charCodeAt(0) !== EQUALS) return text;
  const inner = /^="((?:[^"]|"")*)"$/.exec(text)?.[1];
  return inner === undefined ? text : inner.replaceAll('""', '"').trim();
}

/** A cell that says the text, also where that looks like such a formula itself. */
export function cellOf(text: string): string {
  return cellText(text) === text || text.charCodeAt(0) !== EQUALS ? text : `="${text.replaceAll('"', '""')}"`;
}
