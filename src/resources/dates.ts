import type { DateReader } from './types.ts';

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const TOKENS: Record<string, { pattern: string; part: 'year' | 'month' | 'day' }> = {
  YYYY: { pattern: '\\d{4}', part: 'year' },
  YY: { pattern: '\\d{2}', part: 'year' },
  MM: { pattern: '\\d{2}', part: 'month' },
  M: { pattern: '\\d{1,2}', part: 'month' },
  DD: { pattern: '\\d{2}', part: 'day' },
  D: { pattern: '\\d{1,2}', part: 'day' },
};

/** ISO 8601 dates; of a date with a time, the date as written. */
export const isoDate: DateReader = (cell) => {
  // Nearly all: no need to take it apart and put it together again.
  if (/^\d{4}-\d{2}-\d{2}$/.test(cell))
    return isCalendarDate(Number(cell.slice(0, 4)), Number(cell.slice(5, 7)), Number(cell.slice(8))) ? cell : undefined;
  const match = ISO.exec(cell);
  return match ? calendarDate(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
};

/**
 * A reader of dates written as `format` says (`YYYY` or `YY`, `MM` or `M`, `DD` or `D`, and separators, such as `M/D/YY`);
 * ISO dates are read as well, since they cannot be mistaken. Two-digit years are 1969–2068 (POSIX strptime `%y`).
 *
 * @returns `undefined` when `format` does not name a year, a month and a day exactly once each
 */
export function dateReader(format: string | undefined): DateReader | undefined {
  if (format === undefined) return isoDate;
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
  return byPattern(new RegExp(`^${source}$`), parts);
}

function byPattern(pattern: RegExp, parts: readonly ('year' | 'month' | 'day')[]): DateReader {
  const [year, month, day] = (['year', 'month', 'day'] as const).map((part) => parts.indexOf(part) + 1) as [
    number,
    number,
    number,
  ];
  return (cell) => {
    const match = pattern.exec(cell);
    if (!match) return isoDate(cell);
    const text = match[year] as string;
    const full = text.length === 2 ? Number(text) + (Number(text) < 69 ? 2000 : 1900) : Number(text);
    return calendarDate(full, Number(match[month]), Number(match[day]));
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
