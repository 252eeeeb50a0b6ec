/** Digits that a number may have when it is written out, before and behind the point: what PostgreSQL reads in no time. */
export const MAX_DIGITS = 1_000;

/** Digits before the point and behind it, not counting zeros at the ends. */
export interface Digits {
  readonly before: number;
  readonly after: number;
}

/** What `MAX_DIGITS` says of each side. */
export const ANY_DIGITS: Digits = { before: MAX_DIGITS, after: MAX_DIGITS };

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/;
/** Most numbers are canonical as they stand. */
const PLAIN = /^(?:0|-?[1-9]\d{0,14}|-?0(?=\.))(?:\.\d{0,14}[1-9])?$/;

/**
 * The one spelling of a decimal number, which is PostgreSQL's of a `numeric` without zeros that say nothing: `1.5` of `+01.50` and of
 * `15e-1`, `0` of `-0.0`. Exact, whatever its size.
 *
 * @returns `undefined` when it is no number, or has more digits
 */
export function canonicalDecimal(text: string, { before, after }: Digits = ANY_DIGITS): string | undefined {
  if (PLAIN.test(text)) {
    const point = text.indexOf('.');
    const end = point < 0 ? text.length : point;
    const whole = text.charCodeAt(0) === MINUS ? end - 1 : end;
    if (whole <= before && (point < 0 || text.length - point - 1 <= after)) return text;
  }
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  let digits = whole + fraction;
  let point = whole.length + Number(exponent ?? 0);
  let start = 0;
  while (start < digits.length && digits[start] === '0') start += 1;
  let end = digits.length;
  while (end > start && digits[end - 1] === '0') end -= 1;
  if (start === end) return '0';
  digits = digits.slice(start, end);
  point -= start;
  if (point > before || digits.length - point > after) return undefined;
  const minus = sign === '-' ? '-' : '';
  if (point <= 0) return `${minus}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${minus}${digits}${'0'.repeat(point - digits.length)}`;
  return `${minus}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const MINUS = '-'.charCodeAt(0);

/** Compares two canonical decimals, exactly: negative when `a` is less. */
export function compareDecimals(a: string, b: string): number {
  // Doubles never turn the order around; where they are the same, the digits decide.
  const difference = Number(a) - Number(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  if (a === b) return 0;
  const negative = a.startsWith('-');
  if (negative !== b.startsWith('-')) return negative ? -1 : 1;
  const [wholeA = '', fractionA = ''] = (negative ? a.slice(1) : a).split('.');
  const [wholeB = '', fractionB = ''] = (negative ? b.slice(1) : b).split('.');
  const size =
    wholeA.length - wholeB.length || (wholeA === wholeB ? order(fractionA, fractionB) : order(wholeA, wholeB));
  return negative ? -size : size;
}

/** Digits behind a point, or as many digits before it, by their order as text. */
function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
