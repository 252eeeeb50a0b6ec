import { dateReader, isoDate } from '../../resources/dates.ts';
import { importableColumns, type Resource } from '../../resources/resource.ts';
import { email, ipAddress, macAddress } from '../../resources/types.ts';
import { visible } from '../../task/visible.ts';
import { openTarget } from './config.ts';

/** The first records of a file, for what can be told of its columns. */
export interface FileSample {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Values that are told by how they look; any text could be one of the others. */
const TOLD_BY_CONTENT = [email, macAddress, ipAddress] as const;

/** How dates are written in most of the world's files; ISO dates need no format. */
const DATE_FORMATS = [
  ...['/', '-', '.'].flatMap((s) => ['YYYY', 'YY'].flatMap((y) => [`M${s}D${s}${y}`, `D${s}M${s}${y}`])),
  ...['YYYY/M/D', 'YYYY.M.D'],
].map((format) => ({ format, read: dateReader(format) ?? isoDate }));

/**
 * Target column → header that most likely has its values: by the column's name or what people call it, in whatever case and
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
  for (const { name, type } of columns) {
    if (suggested.has(name) || !TOLD_BY_CONTENT.includes(type)) continue;
    const alike = [...free].filter(([, index]) => looksLike(sample, index, (cell) => type.canonical(cell, isoDate)));
    if (alike.length === 1) take(name, alike[0]?.[0]);
  }
  for (const name of free.keys()) {
    const target = openTarget(resource, name);
    if (target) take(target, name);
  }
  return Object.fromEntries(suggested);
}

/** The headers that are there once, with their indices. */
function uniqueHeaders(header: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  const twice = new Set<string>(['']);
  for (const [index, name] of header.entries()) {
    if (found.has(name)) twice.add(name);
    found.set(name, index);
  }
  for (const name of twice) found.delete(name);
  return found;
}

/**
 * Header → format of its dates, of the columns whose cells are all dates and not all ISO ones. Where two formats read the sample,
 * such as 1/2/26, nothing is said: a guess would be a wrong date in every other file.
 */
export function findDateFormats(sample: FileSample): Record<string, string> {
  const found: [string, string][] = [];
  for (const [name, index] of uniqueHeaders(sample.header)) {
    if (looksLike(sample, index, isoDate, 1)) continue;
    const fitting = DATE_FORMATS.filter(({ read }) => looksLike(sample, index, read, 1));
    const [format] = fitting;
    if (format && fitting.length === 1) found.push([name, format.format]);
  }
  return Object.fromEntries(found);
}

/** Share of the cells that must be such a value: a file that is to be corrected has others, too. */
const MOST = 0.9;

function looksLike(
  { rows }: FileSample,
  index: number,
  read: (cell: string) => string | undefined,
  share = MOST,
): boolean {
  let filled = 0;
  let fitting = 0;
  for (const row of rows) {
    const cell = visible(row[index]?.trim() ?? '');
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
