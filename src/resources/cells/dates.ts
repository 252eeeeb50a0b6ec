import type { CellReader } from './cell-reader.ts';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?(?:[Zz]| ?[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/;
const TOKENS: Record<string, { pattern: string; part: 'year' | 'month' | 'day' }> = {
  YYYY: { pattern: '\\d{4}', part: 'year' },
  YY: { pattern: '\\d{2}', part: 'year' },
  MM: { pattern: '\\d{2}', part: 'month' },
  M: { pattern: '\\d{1,2}', part: 'month' },
  DD: { pattern: '\\d{2}', part: 'day' },
  D: { pattern: '\\d{1,2}', part: 'day' },
};
/** What may follow a date that is written in a format: hours, minutes, seconds, fraction, AM or PM, offset. */
const TIME =
  '(?:(?:T|,? +)(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d+))?)?(?: ?([AP])\\.?M\\.?)?( ?(?:Z|[+-]\\d{2}(?::?\\d{2})?))?)?';

/** An ISO 8601 date; of one with a time, the date as written. */
export const isoDate: CellReader = (cell) => {
  // Nearly all: no need to take it apart and put it together again.
  if (/^\d{4}-\d{2}-\d{2}$/.test(cell))
    return isCalendarDate(Number(cell.slice(0, 4)), Number(cell.slice(5, 7)), Number(cell.slice(8))) ? cell : undefined;
  const match = ISO.exec(cell);
  return match ? calendarDate(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
};

/**
 * A reader of dates written as `format` says (`YYYY` or `YY`, `MM` or `M`, `DD` or `D`, and separators, such as `M/D/YY`), or of
 * the numbers that Excel has instead of dates (`Excel`, or `Excel 1904` of workbooks with that date system). It gives ISO 8601,
 * with the time where the cell has one; ISO dates are given as they are, since they cannot be mistaken. Two-digit years are
 * 1969–2068 (POSIX strptime `%y`).
 *
 * @returns `undefined` when `format` is neither, or does not name a year, a month and a day exactly once each
 */
export function dateReader(format: string): CellReader | undefined {
  const excel = /^Excel(?: (1904))?$/i.exec(format);
  if (excel) return serialReader(excel[1] !== undefined);
  if (format.length > 32 || /[^YMD\s./,-]/.test(format)) return undefined;
  const parts: ('year' | 'month' | 'day')[] = [];
  let source = '';
  for (const piece of format.match(/Y+|M+|D+|[^YMD]+/g) ?? []) {
    const token = TOKENS[piece];
    if (token) {
      parts.push(token.part);
      source += `(${token.pattern})`;
    } else if (/[YMD]/.test(piece)) {
      return undefined;
    } else {
      source += piece.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    }
  }
  if (parts.toSorted().join() !== 'day,month,year') return undefined;
  return byPattern(new RegExp(`^${source}${TIME}$`, 'i'), parts);
}

function byPattern(pattern: RegExp, parts: readonly ('year' | 'month' | 'day')[]): CellReader {
  const [year, month, day] = (['year', 'month', 'day'] as const).map((part) => parts.indexOf(part) + 1) as [
    number,
    number,
    number,
  ];
  return (cell) => {
    const match = pattern.exec(cell);
    if (!match) return cell;
    const text = match[year] as string;
    const full = text.length === 2 ? Number(text) + (Number(text) < 69 ? 2000 : 1900) : Number(text);
    const date = calendarDate(full, Number(match[month]), Number(match[day]));
    return date && match[4] !== undefined ? withTime(date, match) : date;
  };
}

/** ISO 8601 of a date and what `TIME` found; whether there is such a time of day is left to who reads that. */
function withTime(date: string, match: RegExpExecArray): string | undefined {
  const [hour = '', minute, second = '00', fraction = '0', half, offset = ''] = match.slice(4);
  if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  return `${date}T${String(hours).padStart(2, '0')}:${minute}:${second}.${fraction}${offset}`;
}

const DAY_MILLISECONDS = 86_400_000;

/**
 * Days since the day before 1900-01-01, as Excel counts them, with a 1900-02-29 that never was; or since 1904-01-01. The fraction is
 * the time of day, to the millisecond.
 */
function serialReader(since1904: boolean): CellReader {
  return (cell) => {
    const match = /^(\d{1,7})(?:\.\d+)?$/.exec(cell);
    if (!match) return cell;
    const serial = Number(cell);
    const days = Number(match[1]);
    if (!since1904 && (days < 1 || days === 60)) return undefined;
    const epoch = since1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
    const moment = new Date(epoch + Math.round(serial * DAY_MILLISECONDS));
    if (moment.getUTCFullYear() > 9_999) return undefined;
    const text = moment.toISOString();
    return serial === days ? text.slice(0, 10) : text;
  };
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isCalendarDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS[month - 1] as number) + (leap ? 1 : 0);
}

function calendarDate(year: number, month: number, day: number): string | undefined {
  if (!isCalendarDate(year, month, day)) return undefined;
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
