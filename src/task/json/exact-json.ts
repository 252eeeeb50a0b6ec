/** What TypeScript's libraries do not know yet (ECMAScript proposal "JSON.parse source text access", in Node since 21). */
const { rawJSON, isRawJSON, parse } = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
};

/** A number as its JSON writes it, where a double would be another or be written otherwise. `JSON.stringify` writes it so again. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** Whether a value is a number that `parseJson` left as it is written. */
export const isRawNumber = isRawJSON;

/** A JSON value as it was given, and its JSON: what is a string is kept as it is, whether or not it is JSON. */
export interface GivenJson {
  readonly value: unknown;
  readonly text: string;
}

/** Whether a JSON text may have a number that JavaScript would write otherwise: few have, and to look at each takes five times as long. */
const SUSPECT = /(?:^|[:,[])\s*(?:-0(?![\d.])|-?(?:\d[\d.]{15}|0\.0{6}|\d+\.\d*0(?!\d)|\d+(?:\.\d+)?[eE]))/;

/**
 * Parses JSON without altering a number (docs/api/common.md "Numbers in JSON"): one that `JSON.stringify` would not write as it is
 * written stays a `RawNumber`, such as `1.50` and 9007199254740993. What is nested thousands of levels deep is as `JSON.parse` gives it.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (!SUSPECT.test(text)) return JSON.parse(text);
  try {
    return parse(text, (_name, value, { source }) => (typeof value === 'number' && source ? numberOf(source) : value));
  } catch (error) {
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** A number of JSON, or PostgreSQL's text of a `numeric`: a number where that is written the same, else as it is written. */
export function numberOf(text: string): number | RawNumber {
  const value = Number(text);
  return String(value) === text || Number.isNaN(value) ? value : rawJSON(text);
}

/** Whether two numbers of JSON are the same decimal, however they are written: 1.50 and 15e-1, but not 9007199254740993 and 9007199254740992. */
export function sameDecimal(a: string, b: string): boolean {
  return a === b || decimalOf(a) === decimalOf(b);
}

/** Whether JavaScript writes a number of JSON as the same decimal: not 9007199254740993, nor 2 to the power of 60. */
export function isExact(text: string): boolean {
  return sameDecimal(text, String(Number(text)));
}

/** Characters that a number has when it is written without an exponent, as PostgreSQL does. */
export function lengthWritten(text: string): number {
  const [, mantissa = '', exponent = '0'] = /^-?([\d.]+)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  return mantissa.length + Math.abs(Number(exponent));
}

/** The sign, the digits from the first to the last that is not 0, and the power of ten of that one. */
function decimalOf(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  let [start, end] = [0, digits.length];
  // Not by patterns: of a megabyte of zeros, one that looks for the last would take hours.
  while (digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  if (start === end) return digits === '' ? text : '0';
  return `${sign}${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
