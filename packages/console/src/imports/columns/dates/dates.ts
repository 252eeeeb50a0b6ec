import type { Preview } from '../../file/preview.ts';
import { takeable } from '../mapping.ts';

/** How dates are written in most files that do not write them as ISO 8601 does. */
export const dateFormats = [
  ...['/', '-', '.'].flatMap((s) => ['YYYY', 'YY'].flatMap((year) => [`D${s}M${s}${year}`, `M${s}D${s}${year}`])),
  'YYYY/M/D',
  'YYYY.M.D',
];

const PARTS = {
  YYYY: '(?<y>\\d{4})',
  YY: '(?<y>\\d{2})',
  MM: '(?<m>\\d{2})',
  M: '(?<m>\\d{1,2})',
  DD: '(?<d>\\d{2})',
  D: '(?<d>\\d{1,2})',
};
const EXCEL = /^excel(?: 19\d\d)?$/i;
const ISO = /^(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})(?:[T ].*)?$/;

/** The day that a cell is, as the server reads it; ISO dates are read in any case. @param format `''` for these alone */
export function readDate(cell: string, format: string): Date | undefined {
  const days = EXCEL.exec(format) && /^\d{1,7}(?:\.\d+)?$/.test(cell) ? Number(cell) : undefined;
  // As the server takes the numbers that workbooks have: days since their beginning.
  if (days !== undefined) return new Date((Math.floor(days) - (/1904/.test(format) ? 24_107 : 25_569)) * 86_400_000);
  const found = ISO.exec(cell)?.groups ?? patternOf(format)?.exec(cell)?.groups;
  if (!found) return undefined;
  const { y = '', m = '', d = '' } = found;
  // As the server takes two digits: 1969 to 2068.
  const year = y.length === 2 ? Number(y) + (Number(y) < 69 ? 2000 : 1900) : Number(y);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(m) - 1, Number(d));
  return date.getUTCMonth() === Number(m) - 1 && date.getUTCDate() === Number(d) ? date : undefined;
}

function patternOf(format: string): RegExp | undefined {
  const pieces = format.match(/Y+|M+|D+|[^YMD]+/g) ?? [];
  const known = pieces.map((piece) =>
    Object.hasOwn(PARTS, piece) ? PARTS[piece as keyof typeof PARTS] : piece.replace(/[^\s]/g, '\\$&'),
  );
  const each = pieces.map((piece) => piece.charAt(0)).filter((first) => 'YMD'.includes(first));
  if (each.toSorted().join('') !== 'DMY' || /[^YMD\s./,-]/.test(format)) return undefined;
  return new RegExp(`^${known.join('')}(?:[T ].*)?$`);
}

/** What is known about the dates in some columns of a file. */
export interface Dates {
  /** The first one; one that is no ISO date, where there is one. */
  readonly example: string | undefined;
  /** Their format: `''` for ISO 8601; `undefined` if it is unknown or there are several. */
  readonly format: string | undefined;
  /** The usual formats that read all of them that are shown. */
  readonly fitting: readonly string[];
}

export function datesIn({ header, rows, dateFormats: found }: Preview, names: readonly string[]): Dates {
  const cellsOf = (name: string) =>
    rows.map((row) => row[takeable(header).indexOf(name)]?.trim() ?? '').filter((cell) => cell !== '');
  const allRead = (name: string) => cellsOf(name).every((cell) => readDate(cell, ''));
  const cells = names.flatMap(cellsOf);
  const others = cells.filter((cell) => !readDate(cell, ''));
  // A column of dates may have other things in it, which are for the check to tell.
  const dated = others.filter((cell) => dateFormats.some((format) => readDate(cell, format)));
  const formats = [...new Set(names.flatMap((name) => found[name] ?? []))];
  const [only] = formats;
  // Of several, each column has its own.
  const all = names.every((name) => found[name] !== undefined || allRead(name));
  const fitting = dateFormats.filter((each) => dated.length > 0 && dated.every((cell) => readDate(cell, each)));
  const [fits, ...more] = fitting;
  const told = only ?? (others.length === 0 ? '' : more.length === 0 ? fits : undefined);
  const format = formats.length > 1 ? (all ? '' : undefined) : told;
  return { example: dated[0] ?? others[0] ?? cells[0], format, fitting };
}
