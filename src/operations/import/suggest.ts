import { cellText } from '../../readers/csv/cell-text.ts';
import type { CellReader } from '../../resources/cells/cell-reader.ts';
import { importableColumns, type Resource } from '../../resources/resource.ts';
import { visible } from '../../task/text/visible.ts';
import { openTarget } from './config.ts';

/** The first records of a file, for what can be told of its columns. */
export interface FileSample {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Target column → header that most likely has its values: by the column's name, its aliases or its labels, in whatever case and
 * punctuation, else by what the cells look like. No header is suggested twice, and none that the file has twice. A file may have a
 * hundred thousand headers: each is looked at once.
 */
export function suggestMapping(resource: Resource, sample: FileSample): Record<string, string> {
  const suggested = new Map<string, string>();
  const free = uniqueHeaders(sample.header);
  const byName = new Map([...free.keys()].reverse().map((name) => [plain(name), name]));
  const take = (target: string, header: string | undefined) => {
    if (header === undefined || suggested.has(target) || !free.delete(header)) return;
    suggested.set(target, header);
  };
  const columns = importableColumns(resource);
  // Each rank for all columns before the next: a column's own name is worth more than another's alias.
  for (const { name } of columns) take(name, byName.get(plain(name)));
  for (const { name } of columns) take(name, byName.get(plain(name.slice(name.lastIndexOf('.') + 1))));
  for (const { name, aliases = [] } of columns) {
    for (const alias of aliases) take(name, byName.get(plain(alias)));
  }
  for (const { name, labels = [] } of columns) {
    for (const label of labels) take(name, byName.get(plain(label)));
  }
  for (const { name, type } of columns) {
    if (suggested.has(name) || !type.distinctive) continue;
    const alike = [...free].filter(([, index]) => looksLike(sample, index, type.canonical));
    if (alike.length === 1) take(name, alike[0]?.[0]);
  }
  for (const name of free.keys()) {
    const target = openTarget(resource, name);
    if (target) take(target, name);
  }
  return Object.fromEntries(suggested);
}

/** The headers that are there once, with their indices. */
export function uniqueHeaders(header: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  const twice = new Set<string>(['']);
  for (const [index, name] of header.entries()) {
    if (found.has(name)) twice.add(name);
    found.set(name, index);
  }
  for (const name of twice) found.delete(name);
  return found;
}

/** Share of the cells that must be such a value: a file that is to be corrected has others, too. */
const MOST = 0.9;

/** Whether most of a column's cells that are not blank, and there are some, are such values. @param share all of them: 1 */
export function looksLike({ rows }: FileSample, index: number, read: CellReader, share = MOST): boolean {
  let filled = 0;
  let fitting = 0;
  for (const row of rows) {
    const cell = visible(cellText(row[index] ?? ''));
    if (cell === '') continue;
    filled += 1;
    if (read(cell) !== undefined) fitting += 1;
    else if (share === 1) return false;
  }
  return filled > 0 && fitting >= filled * share;
}

/** A name without what people write differently in it. */
function plain(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
