import type { CellReader } from '../cells/cell-reader.ts';
import type { ColumnType } from './column-type.ts';
import { ANY_DIGITS, canonicalDecimal, type Digits, MAX_DIGITS } from './decimals.ts';

/** How a file writes numbers (Table Schema, "number"). */
export interface NumberStyle {
  readonly decimalChar?: string;
  readonly groupChar?: string;
  /** `false`: what stands before and behind the number is dropped. */
  readonly bareNumber?: boolean;
}

/** Whole numbers of PostgreSQL's `integer`. */
const INTEGER = { min: -2_147_483_648n, max: 2_147_483_647n };
/** Whole numbers of no declared bounds have at most so many digits: all of them are `bigint`. */
const WHOLE_DIGITS = 18;
const WHOLE = { min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n };
const BIGINT = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** A whole number between `min` and `max`. */
export function integer(min: number, max = 2_147_483_647): ColumnType {
  return whole({ min: BigInt(min), max: BigInt(max) });
}

/** A whole number within bounds, both of which count; without a bound, of at most 18 digits on that side. */
export function whole(
  { min, max }: { readonly min?: bigint | undefined; readonly max?: bigint | undefined },
  style: NumberStyle = {},
): ColumnType {
  const read = styled(style);
  const low = min ?? WHOLE.min;
  const high = max ?? WHOLE.max;
  const fits = (type: { readonly min: bigint; readonly max: bigint }) => low >= type.min && high <= type.max;
  const type = {
    sql: fits(INTEGER) ? 'integer' : fits(BIGINT) ? 'bigint' : 'numeric',
    expected: expectedWhole(min, max),
    maxLength: fits(BIGINT) ? 64 : MAX_DIGITS + 64,
    format: 'number',
  } as const;
  const standard = isSafe(low) && isSafe(high) ? smallReader(Number(low), Number(high)) : largeReader(low, high);
  return read ? withStyle(type, { read, standard, style }) : { ...type, canonical: standard };
}

function expectedWhole(min: bigint | undefined, max: bigint | undefined): string {
  if (min !== undefined && max !== undefined) return `a whole number from ${min} to ${max}`;
  if (min !== undefined) return `a whole number of at least ${min}, with at most ${WHOLE_DIGITS} digits`;
  if (max !== undefined) return `a whole number of at most ${max}, with at most ${WHOLE_DIGITS} digits`;
  return `a whole number of at most ${WHOLE_DIGITS} digits`;
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
}

// As spreadsheets write whole numbers, also with decimals that are all zero.
function smallReader(min: number, max: number): CellReader {
  return (cell) => {
    if (!/^[+-]?\d{1,15}(?:\.0+)?$/.test(cell)) return undefined;
    const value = Number(cell);
    return value >= min && value <= max ? String(value) : undefined;
  };
}

function largeReader(min: bigint, max: bigint): CellReader {
  return (cell) => {
    const digits = /^([+-]?\d+)(?:\.0+)?$/.exec(cell)?.[1];
    if (digits === undefined || digits.length > MAX_DIGITS) return undefined;
    const value = BigInt(digits.replace(/^\+/, ''));
    return value >= min && value <= max ? String(value) : undefined;
  };
}

const ADVICE = 'give a number format if the file writes numbers in another way, such as 1.299,50';

/** A decimal number, exact, of as many digits as given. */
export function number(digits?: Digits, style: NumberStyle = {}): ColumnType {
  const read = styled(style);
  const standard = (cell: string) => canonicalDecimal(cell, digits ?? ANY_DIGITS);
  const most = digits ? `, with at most ${digits.before} digits before the point and ${digits.after} after it` : '';
  const type = {
    sql: 'numeric',
    expected: `a number such as ${read ? withSeparators('1299.50', style) : '1299.50'}${most}, without a currency sign`,
    maxLength: digits ? 64 : MAX_DIGITS + 64,
    format: 'number',
  } as const;
  const isWell = (cell: string) => canonicalDecimal(cell) !== undefined;
  if (!read) return { ...type, advice: ADVICE, isWell, canonical: standard };
  const standardExpected = `a number such as 1299.50${most}, without a currency sign`;
  return withStyle({ ...type, standardExpected, isWell }, { read, standard, style });
}

/** A decimal number of up to 15 digits before and 6 after the point, not counting zeros at its ends; no thousands separator, no currency sign. */
export const decimal: ColumnType = number({ before: 15, after: 6 });

/** The number 1299.50 as a file of that style writes it. */
function withSeparators(plain: string, { decimalChar = '.', groupChar = '' }: NumberStyle): string {
  const [whole = '', fraction] = plain.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, () => groupChar);
  return fraction === undefined ? grouped : `${grouped}${decimalChar}${fraction}`;
}

type Style = { readonly read: CellReader; readonly standard: CellReader; readonly style: NumberStyle };

function withStyle(type: Omit<ColumnType, 'canonical'>, { read, standard, style }: Style): ColumnType {
  const { decimalChar = '.' } = style;
  return {
    ...type,
    canonical(cell) {
      const plain = read(cell);
      return plain === undefined ? undefined : standard(plain);
    },
    standard,
    // Without marks between thousands: a number may do without.
    spell: (text) => text.replace('.', () => decimalChar),
  };
}

/** A reader of numbers of that style that gives the plain spelling; `undefined` when that is the style. */
function styled({ decimalChar = '.', groupChar = '', bareNumber = true }: NumberStyle): CellReader | undefined {
  if (decimalChar === '.' && groupChar === '' && bareNumber) return undefined;
  const decimals = escaped(decimalChar);
  // Three digits each but, as in India, for those before the last three, which may be two.
  const grouped = groupChar === '' ? '' : `\\d{1,3}(?:${escaped(groupChar)}\\d{2,3})*${escaped(groupChar)}\\d{3}|`;
  const pattern = new RegExp(`^([+-]?)(${grouped}\\d*)(?:${decimals}(\\d*))?([eE][+-]?\\d{1,5})?$`, 'u');
  return (cell) => {
    const match = pattern.exec(bareNumber ? cell : bare(cell, decimalChar));
    if (!match) return undefined;
    const [, sign, whole = '', fraction, exponent = ''] = match;
    const digits = groupChar === '' ? whole : whole.replaceAll(groupChar, '').replace(SPACES, '');
    return `${sign}${digits}${fraction === undefined ? '' : `.${fraction}`}${exponent}`;
  };
}

const SPACES = /[ \u00a0\u202f]/g;

/** A separator within a pattern; of a space, whatever space. */
function escaped(separator: string): string {
  if (/^[ \u00a0\u202f]$/.test(separator)) return '[ \\u00a0\\u202f]';
  return separator.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** What is between the first sign, decimal mark or digit that begins a number and the last digit. */
function bare(cell: string, decimalChar: string): string {
  const first = cell.search(/\d/);
  if (first < 0) return cell;
  let start = first;
  if (cell.startsWith(decimalChar, start - decimalChar.length)) start -= decimalChar.length;
  if (start > 0 && /[+-]/.test(cell[start - 1] as string)) start -= 1;
  let end = cell.length;
  while (end > first && !/\d/.test(cell[end - 1] as string)) end -= 1;
  return cell.slice(start, end);
}
