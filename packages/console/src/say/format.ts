const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
/** Seconds of each unit, largest first. */
const TIME_UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;
const DAY = 86_400_000;

/** Numbers and times as people of a locale write them. */
export interface Format {
  count(value: number): string;
  /** @param share of 1; rounded down, so that 100 % is all of it */
  percent(share: number): string;
  /** In units of 1000, with three digits. */
  bytes(value: number): string;
  /** @param seconds rounded to two units: `2 hr 5 min` */
  duration(seconds: number): string;
  /** A date and a time of day, without the year within the last half a year. */
  moment(date: Date, now?: Date): string;
  /** To the second, with the time zone. */
  exact(date: Date): string;
  /** A calendar day, which is the same in every time zone. @param date its beginning in UTC */
  day(date: Date): string;
  /** `a, b and c` */
  list(names: readonly string[]): string;
  /** `a, b or c` */
  either(names: readonly string[]): string;
}

/** @param locale a BCP 47 tag. @param timeZone the viewer's unless given */
export function formatsOf(locale: string, timeZone?: string): Format {
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, roundingMode: 'floor' });
  const zone = timeZone === undefined ? {} : { timeZone };
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const near = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...clock, ...zone });
  const far = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...clock, ...zone });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', ...zone });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const all = new Intl.ListFormat(locale, { type: 'conjunction' });
  const any = new Intl.ListFormat(locale, { type: 'disjunction' });
  const unit = (value: number, name: string, digits?: number) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      ...(digits !== undefined && { maximumSignificantDigits: digits }),
    }).format(value);
  return {
    count: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    bytes(value) {
      const power = value < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(value) / 3));
      return unit(value / 1000 ** power, BYTE_UNITS[power] ?? 'byte', 3);
    },
    duration: function duration(seconds): string {
      const at = TIME_UNITS.findIndex(([, size]) => seconds >= size);
      if (at < 0) return unit(Math.max(1, Math.round(seconds)), 'second');
      const [name, size] = TIME_UNITS[at] ?? ['second', 1];
      const [smaller, smallerSize] = TIME_UNITS[at + 1] ?? [name, size];
      const whole = Math.round(seconds / smallerSize) * smallerSize;
      const [, larger = Number.POSITIVE_INFINITY] = TIME_UNITS[at - 1] ?? [];
      if (whole >= larger) return duration(whole);
      const rest = (whole % size) / smallerSize;
      const parts = [unit(Math.floor(whole / size), name), ...(rest > 0 ? [unit(rest, smaller)] : [])];
      return parts.join(' ');
    },
    moment: (date, now = new Date()) =>
      (Math.abs(now.getTime() - date.getTime()) < 180 * DAY ? near : far).format(date),
    exact: (date) => exact.format(date),
    day: (date) => days.format(date),
    list: (names) => all.format(names),
    either: (names) => any.format(names),
  };
}
