import { cellText } from '../../readers/csv/cell-text.ts';
import type { CellReader } from '../../resources/cells/cell-reader.ts';
import { dateReader, isoDate } from '../../resources/cells/dates.ts';
import { numberReader } from '../../resources/cells/numbers.ts';
import { importableColumns, type Resource } from '../../resources/resource.ts';
import { decimal } from '../../resources/types/numbers.ts';
import { visible } from '../../task/text/visible.ts';
import { type FileSample, looksLike, uniqueHeaders } from './suggest.ts';

interface Format {
  readonly format: string;
  readonly read: CellReader;
}

/** How dates are written in most of the world's files; ISO dates need no format. */
const DATE_FORMATS = [
  ...['/', '-', '.'].flatMap((s) => ['YYYY', 'YY'].flatMap((y) => [`M${s}D${s}${y}`, `D${s}M${s}${y}`])),
  ...['YYYY/M/D', 'YYYY.M.D'],
].map((format) => formatOf(format, dateReader, isoDate));

/** In the order that decides between those that read a column alike: the first also reads what others of its numbers may have. */
const NUMBER_FORMATS = ['1.234,56', '1,234.56', '1 234,56', "1'234.56", "1'234,56"].map((format) =>
  formatOf(format, numberReader, decimal.canonical),
);

function formatOf(format: string, reader: (format: string) => CellReader | undefined, canonical: CellReader): Format {
  const read = reader(format);
  return {
    format,
    read(cell) {
      const plain = read?.(cell);
      return plain === undefined ? undefined : canonical(plain);
    },
  };
}

/** Header → format of its cells. */
export interface FoundFormats {
  readonly dateFormats: Readonly<Record<string, string>>;
  readonly numberFormats: Readonly<Record<string, string>>;
}

/**
 * The formats of the columns whose cells are all dates, or all numbers, and not all in the standard spelling. Where two formats of
 * dates read the sample, such as 1/2/26, or formats of numbers read it differently, such as 1,234, nothing is said: a guess would be
 * wrong in every other file. Numbers are taken for those that Excel has for dates where they are meant for a column of dates, and
 * are of our time.
 *
 * @param mapping target column → header, as far as it is known
 */
export function findFormats(
  sample: FileSample,
  resource?: Resource,
  mapping: Readonly<Record<string, string>> = {},
): FoundFormats {
  const dated = new Set(
    resource && importableColumns(resource).flatMap(({ name, type }) => (type.format === 'date' ? mapping[name] : [])),
  );
  // What the declaration says of a column needs no guess.
  const declared = new Set(
    resource &&
      importableColumns(resource).flatMap(({ name, type }) => (type.format && type.standard ? mapping[name] : [])),
  );
  const dateFormats: [string, string][] = [];
  const numberFormats: [string, string][] = [];
  for (const [name, index] of uniqueHeaders(sample.header)) {
    if (declared.has(name) || sample.rows.every((row) => !row[index])) continue;
    const date = findDateFormat(sample, index, dated.has(name));
    if (date !== undefined) dateFormats.push([name, date]);
    const number = findNumberFormat(sample, index);
    if (number !== undefined) numberFormats.push([name, number]);
  }
  return { dateFormats: Object.fromEntries(dateFormats), numberFormats: Object.fromEntries(numberFormats) };
}

/** @param dated whether it is meant for a column of dates */
function findDateFormat(sample: FileSample, index: number, dated: boolean): string | undefined {
  if (looksLike(sample, index, isoDate, 1)) return undefined;
  const [format, ...others] = DATE_FORMATS.filter(({ read }) => looksLike(sample, index, read, 1));
  if (format) return others.length === 0 ? format.format : undefined;
  return dated && looksLike(sample, index, serialOfOurTime, 1) ? 'Excel' : undefined;
}

function findNumberFormat(sample: FileSample, index: number): string | undefined {
  if (looksLike(sample, index, decimal.canonical, 1)) return undefined;
  const [format, ...others] = NUMBER_FORMATS.filter(({ read }) => looksLike(sample, index, read, 1));
  return format && others.every((other) => readAlike(sample, index, format, other)) ? format.format : undefined;
}

/** Of 1954 to 2119. */
function serialOfOurTime(cell: string): string | undefined {
  return /^[2-7]\d{4}(?:\.\d+)?$/.test(cell) ? cell : undefined;
}

function readAlike({ rows }: FileSample, index: number, one: Format, other: Format): boolean {
  return rows.every((row) => {
    const cell = visible(cellText(row[index] ?? ''));
    return one.read(cell) === other.read(cell);
  });
}
