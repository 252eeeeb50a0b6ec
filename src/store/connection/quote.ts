/** A name within a statement, whatever it is made of (PostgreSQL manual, "Identifiers and Key Words"). */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Names with dots between them: a column of a table of a schema. */
export function quoteNames(...names: readonly string[]): string {
  return names.map(quoteName).join('.');
}

/** A text within a statement that takes no parameters (PostgreSQL manual, "String Constants with C-Style Escapes"). */
export function quoteText(text: string): string {
  return `E'${text.replace(/['\\]/g, '$&$&')}'`;
}
