import type { CellReader } from '../../cells/cell-reader.ts';
import { isoDate } from '../../cells/dates.ts';
import { readTimestamp } from '../../cells/timestamps.ts';
import type { ColumnType } from '../column-type.ts';
import type { Format } from './strptime.ts';

/** A calendar date: ISO 8601, or what the import's date format says. */
export const date: ColumnType = {
  sql: 'date',
  expected: 'a date such as 2026-01-31',
  advice: 'give a date format if the file writes dates in another way',
  maxLength: 64,
  format: 'date',
  isWell: (cell) => isoDate(cell) !== undefined,
  canonical: isoDate,
};

/** A moment: RFC 3339, or a date with or without a time, taken as UTC. Digits beyond the millisecond are dropped. */
export const timestamp: ColumnType = {
  sql: 'timestamptz',
  expected: 'a timestamp such as 2026-01-31T09:00:00Z (UTC if it has no offset)',
  maxLength: 64,
  format: 'date',
  isWell: (cell) => readTimestamp(cell) !== undefined,
  canonical: readTimestamp,
};

const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?$/;

/** A time of day without an offset (XML Schema, "time"). Digits beyond the microsecond are dropped. */
export const time: ColumnType = {
  sql: 'time',
  expected: 'a time such as 09:30:00',
  maxLength: 64,
  canonical(cell) {
    const [, hour, minute, second, fraction = ''] = TIME.exec(cell) ?? [];
    if (hour === undefined) return undefined;
    const digits = fraction.slice(0, 6).replace(/0+$/, '');
    return `${hour}:${minute}:${second}${digits && `.${digits}`}`;
  },
};

/** The same written in a declared format, which is then the only one. */
export function formatted(type: ColumnType, { read, write, example, source, exact }: Format): ColumnType {
  const { advice: _, ...rest } = type;
  const standard: CellReader = type.canonical;
  const canonical: CellReader = (cell) => {
    const plain = read(cell);
    return plain === undefined ? undefined : standard(plain);
  };
  /** What the format would make another value of is written as the API has it: an import of it is refused. */
  const spell = (text: string) => {
    const cell = write(text);
    const value = canonical(cell);
    return value === undefined || value === standard(text) ? cell : text;
  };
  return {
    ...rest,
    standardExpected: type.expected,
    expected: `${type.expected.replace(/ such as .*/, '')} in the format ${source}, such as ${example}`,
    canonical,
    standard,
    spell: exact ? write : spell,
  };
}

/** A calendar year (XML Schema, "gYear"), which may be before our era; without a time zone. */
export const year: ColumnType = {
  sql: 'integer',
  expected: 'a year such as 2026',
  maxLength: 64,
  canonical(cell) {
    if (!/^-?(?:\d{4}|[1-9]\d{4,5})$/.test(cell)) return undefined;
    return String(Number(cell) || 0);
  },
  standard: (text) => (/^-?\d{1,6}$/.test(text) ? String(Number(text) || 0) : undefined),
  spell: (text) => text.replace(/\d+/, (digits) => digits.padStart(4, '0')),
};

/** A month of a year (XML Schema, "gYearMonth"), from the year 1 to 9999, so that their order is that of the texts. */
export const yearmonth: ColumnType = {
  sql: 'text',
  expected: 'a month of a year such as 2026-01',
  maxLength: 64,
  canonical: (cell) => (/^(?!0000)\d{4}-(?:0[1-9]|1[0-2])$/.test(cell) ? cell : undefined),
};
