import type { ColumnType } from '../column-type.ts';

const DURATION =
  /^(-?)P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,18}))?S)?)?$/;

/** Of a duration nothing but these two tells it from others (XML Schema 1.1, "duration"): months and seconds, both of its sign. */
interface Amount {
  readonly negative: boolean;
  readonly months: number;
  /** Whole ones. */
  readonly seconds: number;
  /** Digits of a second behind the point, without zeros at the end. */
  readonly fraction: string;
}

/**
 * A duration (XML Schema, "duration"), in the canonical spelling of XML Schema 1.1, section E.1: `P1Y2M` of `P14M`, `P1DT1H` of `PT25H`. A
 * month has no number of days, so a text order would mean nothing: records are found by it, and not sorted.
 */
export const duration: ColumnType = {
  sql: 'text',
  unordered: true,
  expected: 'a duration such as P1Y2M3DT4H5M6S',
  maxLength: 200,
  canonical(cell) {
    const amount = read(cell);
    return amount && spelled(amount);
  },
};

function read(cell: string): Amount | undefined {
  const match = DURATION.exec(cell);
  if (!match) return undefined;
  const [, sign, years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0, digits = ''] = match;
  const fraction = digits.replace(/0+$/, '');
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const amount = { months: Number(years) * 12 + Number(months), seconds: whole, fraction };
  return { ...amount, negative: sign === '-' && (amount.months > 0 || whole > 0 || fraction !== '') };
}

function spelled({ negative, months, seconds, fraction }: Amount): string {
  const part = (amount: number, unit: string) => (amount === 0 ? '' : `${amount}${unit}`);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = seconds % 60;
  const written = rest === 0 && fraction === '' ? '' : `${rest}${fraction && `.${fraction}`}S`;
  const date = part(Math.floor(months / 12), 'Y') + part(months % 12, 'M') + part(Math.floor(hours / 24), 'D');
  const time = part(hours % 24, 'H') + part(minutes % 60, 'M') + written;
  if (date + time === '') return 'PT0S';
  return `${negative ? '-' : ''}P${date}${time && `T${time}`}`;
}

/** Months from which the days of a duration are counted (XML Schema, section 3.2.6.2, "Order relation on duration"). */
const STARTS = [
  [1696, 9],
  [1697, 2],
  [1903, 3],
  [1903, 7],
] as const;

/**
 * Compares two canonical durations by XML Schema's order: negative when `a` is less.
 *
 * @returns `undefined` where they have none: P1M and P30D
 */
export function compareDurations(a: string, b: string): number | undefined {
  const [left, right] = [read(a) as Amount, read(b) as Amount];
  const signs = STARTS.map(([year, month]) => {
    const seconds = secondsFrom(year, month, left) - secondsFrom(year, month, right);
    return Math.sign(seconds) || Math.sign(fractionOf(left) - fractionOf(right));
  });
  return signs.every((sign) => sign === signs[0]) ? signs[0] : undefined;
}

function secondsFrom(year: number, month: number, { negative, months, seconds }: Amount): number {
  const sign = negative ? -1 : 1;
  const index = year * 12 + month - 1 + sign * months;
  return (daysBefore(index) - daysBefore(year * 12 + month - 1)) * 86_400 + sign * seconds;
}

function fractionOf({ negative, fraction }: Amount): number {
  return Number(`${negative ? '-' : ''}0.${fraction || '0'}`);
}

/** Days before a month, which is counted from the year 0 of the Gregorian calendar, carried on in both directions. */
function daysBefore(index: number): number {
  const year = Math.floor(index / 12);
  const month = index - year * 12;
  // Years begin in March, so that a leap day is a year's last.
  const from = month < 2 ? year - 1 : year;
  const leaps = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400);
  return from * 365 + leaps + Math.floor((153 * ((month + 10) % 12) + 2) / 5);
}
