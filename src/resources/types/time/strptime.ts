import type { CellReader } from '../../cells/cell-reader.ts';

/** How a file writes dates and times, as one format says. */
export interface Format {
  /** As it was given. */
  readonly source: string;
  /** A moment of 2026 in that format. */
  readonly example: string;
  /** ISO 8601 of a cell in the format: a date, a time, or both; `undefined` of any other cell. */
  readonly read: CellReader;
  /** The cell of an ISO 8601 date, time or moment in UTC. */
  write(text: string): string;
  /** Whatever is written reads as itself. Of other formats, such as those with two digits of a year, some values do not. */
  readonly exact: boolean;
}

/** What a format names. */
export type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'half' | 'offset' | 'weekday';

interface Directive {
  readonly part: Part;
  readonly pattern: string;
  /** The part's number, of what the pattern found. */
  read(text: string): number;
  write(moment: Moment): string;
}

/** What `write` writes. */
interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Digits behind the point. */
  readonly fraction: string;
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Directives that stand for others. */
const SHORT: Readonly<Record<string, string>> = { '%F': '%Y-%m-%d', '%T': '%H:%M:%S', '%R': '%H:%M', '%D': '%m/%d/%y' };

const two = (value: number) => String(value).padStart(2, '0');

/** A number of one or two digits, written with both. strptime reads either, whatever the directive. */
function digits(part: Exclude<Part, 'fraction' | 'half' | 'offset' | 'weekday'>): Directive {
  return { part, pattern: '(\\d{1,2})', read: Number, write: (moment) => two(moment[part]) };
}

/** The same written as short as it is. */
function short(directive: Directive): Directive {
  return { ...directive, write: (moment) => String(Number(directive.write(moment))) };
}

function exactly(directive: Directive): Directive {
  return { ...directive, pattern: '(\\d{2})' };
}

const YEAR: Directive = {
  part: 'year',
  pattern: '(\\d{4})',
  read: Number,
  write: ({ year }) => String(year).padStart(4, '0'),
};
/** 1969–2068, as POSIX has it. */
const SHORT_YEAR: Directive = {
  part: 'year',
  pattern: '(\\d{2})',
  read: (text) => Number(text) + (Number(text) < 69 ? 2000 : 1900),
  write: ({ year }) => two(year % 100),
};
const [MONTH, DAY, HOUR, MINUTE, SECOND] = (['month', 'day', 'hour', 'minute', 'second'] as const).map(digits) as [
  ...[Directive, Directive, Directive, Directive, Directive],
];
const HALF_HOUR: Directive = { ...HOUR, write: ({ hour }) => two(hour % 12 || 12) };
const FRACTION: Directive = {
  part: 'fraction',
  pattern: '(\\d{1,6})',
  read: Number,
  write: ({ fraction }) => fraction.slice(0, 6).padEnd(6, '0'),
};
const HALF: Directive = {
  part: 'half',
  pattern: '([AP]M)',
  read: (text) => Number(text.toUpperCase() === 'PM'),
  write: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
};
const OFFSET: Directive = {
  part: 'offset',
  pattern: '(Z|[+-]\\d{2}:?\\d{2})',
  read: () => 0,
  write: () => '+0000',
};

function named(part: 'month' | 'weekday', names: readonly string[], length?: number): Directive {
  const short = names.map((name) => name.slice(0, length));
  const place = (text: string) => short.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  return {
    part,
    pattern: `(${short.join('|')})`,
    read: (text) => place(text) + 1,
    write: (moment) =>
      short[
        part === 'month' ? moment.month - 1 : new Date(Date.UTC(moment.year, moment.month - 1, moment.day)).getUTCDay()
      ] ?? '',
  };
}

/** docs/declarations.md "Dates and times in other formats" lists them. */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  '%Y': YEAR,
  '%y': SHORT_YEAR,
  '%m': MONTH,
  '%-m': short(MONTH),
  '%b': named('month', MONTHS, 3),
  '%B': named('month', MONTHS),
  '%d': DAY,
  '%-d': short(DAY),
  '%a': named('weekday', WEEKDAYS, 3),
  '%A': named('weekday', WEEKDAYS),
  '%H': HOUR,
  '%-H': short(HOUR),
  '%I': HALF_HOUR,
  '%-I': short(HALF_HOUR),
  '%p': HALF,
  '%M': MINUTE,
  '%S': SECOND,
  '%f': FRACTION,
  '%z': OFFSET,
};

/** Ours, as people write formats: as many digits as letters, but for single ones. */
const LETTERS: Readonly<Record<string, Directive>> = {
  YYYY: YEAR,
  YY: SHORT_YEAR,
  MM: exactly(MONTH),
  M: short(MONTH),
  DD: exactly(DAY),
  D: short(DAY),
  HH: exactly(HOUR),
  H: short(HOUR),
  mm: exactly(MINUTE),
  ss: exactly(SECOND),
};

/** Parts that each kind of value needs. */
const NEEDED = {
  date: ['year', 'month', 'day'],
  time: ['hour', 'minute'],
  datetime: ['year', 'month', 'day', 'hour', 'minute'],
} as const satisfies Record<string, readonly Part[]>;

export type FormatKind = keyof typeof NEEDED;

const DATE_PARTS: readonly Part[] = ['year', 'month', 'day', 'weekday'];

/** What directives there are, as the end of a sentence. */
export const FORMAT_HELP = `use ${Object.keys(DIRECTIVES).join(' ')} %%, or letters as in DD/MM/YYYY HH:mm:ss`;

/**
 * A format of dates, times or both: strptime's directives, or letters such as `DD/MM/YYYY HH:mm`.
 *
 * @returns what is wrong with it, as a text
 */
export function parseFormat(source: string, kind: FormatKind): Format | string {
  if (source.length > 64) return 'it has more than 64 characters';
  const pieces = source.includes('%') ? directives(source) : letters(source);
  if (typeof pieces === 'string') return pieces;
  const parts = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.part));
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice) return `it names the ${twice} twice`;
  const missing = NEEDED[kind].find((part) => !parts.includes(part));
  if (missing) return `it does not name the ${missing}`;
  const foreign =
    kind === 'datetime' ? undefined : parts.find((part) => DATE_PARTS.includes(part) !== (kind === 'date'));
  if (foreign) return `a ${kind} has no ${foreign}`;
  const half = pieces.some((piece) => piece === HALF_HOUR || piece === DIRECTIVES['%-I']);
  if (half !== parts.includes('half')) return half ? '%I needs %p' : '%p needs %I';
  if (kind === 'time' && parts.includes('offset')) return 'a time has no offset';
  return compile(source, kind, pieces, parts);
}

function directives(source: string): (Directive | string)[] | string {
  const pieces: (Directive | string)[] = [];
  const whole = source.replace(/%[FTRD]/g, (found) => SHORT[found] as string);
  for (const [piece] of whole.matchAll(/%-?[\s\S]|%$|[^%]+/g)) {
    const directive = DIRECTIVES[piece];
    if (directive) pieces.push(directive);
    else if (piece === '%%') pieces.push('%');
    else if (piece.startsWith('%')) return `it has the directive ${piece}, which is not read here`;
    else pieces.push(piece);
  }
  return pieces;
}

function letters(source: string): (Directive | string)[] | string {
  const pieces: (Directive | string)[] = [];
  for (const [piece] of source.matchAll(/([A-Za-z])\1*|[^A-Za-z]+/g)) {
    const directive = Object.hasOwn(LETTERS, piece) ? LETTERS[piece] : undefined;
    if (directive) pieces.push(directive);
    else if (/^[A-SU-Za-z]/.test(piece)) return `it has ${piece}, which stands for nothing`;
    else pieces.push(piece);
  }
  return pieces;
}

function compile(
  source: string,
  kind: FormatKind,
  pieces: readonly (Directive | string)[],
  parts: readonly Part[],
): Format {
  const pattern = new RegExp(
    `^${pieces.map((piece) => (typeof piece === 'string' ? literal(piece) : piece.pattern)).join('')}$`,
    'i',
  );
  const groups = pieces.filter((piece) => typeof piece !== 'string');
  const at = (part: Part) => parts.indexOf(part);
  const [year, month, day, hour, minute, second, fraction, half, offset] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction', 'half', 'offset'] as const
  ).map(at) as [number, number, number, number, number, number, number, number, number];
  const numberAt = (match: RegExpExecArray, index: number) =>
    index < 0 ? 0 : (groups[index] as Directive).read(match[index + 1] as string);
  const read: CellReader = (cell) => {
    const match = pattern.exec(cell);
    if (!match) return undefined;
    const date =
      kind === 'time'
        ? ''
        : `${String(numberAt(match, year)).padStart(4, '0')}-${two(numberAt(match, month))}-${two(numberAt(match, day))}`;
    if (kind === 'date') return date;
    let hours = numberAt(match, hour);
    if (half >= 0) {
      if (hours < 1 || hours > 12) return undefined;
      hours = (hours % 12) + 12 * numberAt(match, half);
    }
    const seconds = `${two(numberAt(match, second))}${fraction < 0 ? '' : `.${match[fraction + 1]}`}`;
    const zone = offset < 0 ? '' : (match[offset + 1] as string).toUpperCase();
    return `${date}${date && 'T'}${two(hours)}:${two(numberAt(match, minute))}:${seconds}${zone}`;
  };
  const write = (text: string) => {
    const moment = momentOf(text);
    return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.write(moment))).join('');
  };
  return { source, read, write, example: write(EXAMPLES[kind]), exact: isExact(pieces, kind) };
}

const WHOLE = {
  date: NEEDED.date,
  time: ['hour', 'minute', 'second', 'fraction'],
  datetime: ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction'],
} as const satisfies Record<FormatKind, readonly Part[]>;

/** Whether it has all of a value, and something between two numbers that is none. */
function isExact(pieces: readonly (Directive | string)[], kind: FormatKind): boolean {
  const named = new Set(pieces.map((piece) => (typeof piece === 'string' ? undefined : piece.part)));
  if (pieces.includes(SHORT_YEAR) || !WHOLE[kind].every((part) => named.has(part))) return false;
  const isNumber = (piece: Directive | string | undefined) =>
    typeof piece === 'string' ? /\d/.test(piece) : piece?.pattern.startsWith('(\\d');
  return !pieces.some((piece, index) => isNumber(piece) && (typeof piece === 'string' || isNumber(pieces[index - 1])));
}

const EXAMPLES: Readonly<Record<FormatKind, string>> = {
  date: '2026-01-31',
  time: '09:30:00',
  datetime: '2026-01-31T09:30:00.000Z',
};

function literal(text: string): string {
  // Blanks of any number and kind are one another's equals, as in strptime.
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(/\s+/g, '\\s+');
}

function momentOf(text: string): Moment {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
  const [, hour, minute, second, fraction = ''] = /(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?/.exec(text) ?? [];
  return {
    ...{ year: Number(year), month: Number(month), day: Number(day) },
    ...{ hour: Number(hour), minute: Number(minute), second: Number(second), fraction },
  };
}
