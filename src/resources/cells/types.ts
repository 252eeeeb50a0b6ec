import { isIP, SocketAddress } from 'node:net';
import { isoDate } from './dates.ts';
import { readTimestamp } from './timestamps.ts';

/**
 * What a column's cells may be. `canonical` takes a trimmed, non-empty cell and gives the one spelling of its value that
 * PostgreSQL reads as text, or `undefined` when the cell is no such value; two cells are equal exactly when their canonical
 * spellings are, so a change can be told without asking the database.
 */
export interface ColumnType {
  /** PostgreSQL type of the column. */
  readonly sql: 'text' | 'integer' | 'numeric' | 'date' | 'timestamptz' | 'text[]';
  /** PostgreSQL type by which criteria compare the values, where it is not the column's. */
  readonly comparedAs?: 'inet';
  /** Completes "must be …" in a reason. */
  readonly expected: string;
  /** What else can be done about a file whose cells are otherwise; follows `expected` in brackets. */
  readonly advice?: string;
  /** Longest cell, in characters (`lengthOf`); a longer one is `too_long`. */
  readonly maxLength: number;
  /** Whatever a cell holds is kept, invisible characters too; of others they are dropped. */
  readonly verbatim?: true;
  /** What a file may write in ways of its own: an import can be told which (`formats.ts`). */
  readonly format?: 'date' | 'number';
  canonical(cell: string): string | undefined;
}

/** Free text of at most `maxLength` characters. */
export function text(maxLength: number): ColumnType {
  return { sql: 'text', expected: 'text', maxLength, verbatim: true, canonical: (cell) => cell };
}

/** A whole number between `min` and `max`. */
export function integer(min: number, max = 2_147_483_647): ColumnType {
  return {
    sql: 'integer',
    expected: `a whole number from ${min} to ${max}`,
    maxLength: 64,
    format: 'number',
    canonical(cell) {
      // As spreadsheets write them, also with decimals that are all zero.
      if (!/^[+-]?\d{1,15}(?:\.0+)?$/.test(cell)) return undefined;
      const value = Number(cell);
      return value >= min && value <= max ? String(value) : undefined;
    },
  };
}

/** A decimal number of up to 15 digits before and 6 after the point, not counting zeros at its ends; no thousands separator, no currency sign. */
export const decimal: ColumnType = {
  sql: 'numeric',
  expected: 'a number such as 1299.50, with at most 15 digits before the point and 6 after it, without a currency sign',
  advice: 'give a number format if the file writes numbers in another way, such as 1.299,50',
  maxLength: 64,
  format: 'number',
  canonical(cell) {
    if (/^(?:0|[1-9]\d{0,14})(?:\.\d{0,5}[1-9])?$/.test(cell)) return cell;
    const match = /^([+-]?)0*(\d{1,15})(?:\.(\d{1,6})0*)?$/.exec(cell);
    if (!match) return undefined;
    const whole = match[2] as string;
    const fraction = (match[3] ?? '').replace(/0+$/, '');
    const value = fraction ? `${whole}.${fraction}` : whole;
    return match[1] === '-' && value !== '0' ? `-${value}` : value;
  },
};

/** A calendar date: ISO 8601, or what the import's date format says. */
export const date: ColumnType = {
  sql: 'date',
  expected: 'a date such as 2026-01-31',
  advice: 'give a date format if the file writes dates in another way',
  maxLength: 64,
  format: 'date',
  canonical: isoDate,
};

/** A moment: RFC 3339, or a date with or without a time, taken as UTC. Digits beyond the millisecond are dropped. */
export const timestamp: ColumnType = {
  sql: 'timestamptz',
  expected: 'a timestamp such as 2026-01-31T09:00:00Z (without an offset it is taken as UTC)',
  maxLength: 64,
  format: 'date',
  canonical: readTimestamp,
};

/** One of a few words, in any case; lower case. */
export function choice(words: readonly string[]): ColumnType {
  return {
    sql: 'text',
    expected: `one of ${words.join(', ')}`,
    maxLength: 64,
    canonical: (cell) => words.find((word) => word === cell.toLowerCase()),
  };
}

/**
 * An e-mail address: words with dots between them, one @, a domain of two labels at least, none of which begins or ends with a
 * hyphen; no white space (RFC 5321, section 4.1.2, without quoted words and address literals; lengths of section 4.5.3.1).
 */
export const email: ColumnType = {
  sql: 'text',
  expected: 'an e-mail address',
  maxLength: 254,
  canonical: (cell) =>
    /^(?=[^@]{1,64}@)[^\s@"(),:;<>[\\\].]+(?:\.[^\s@"(),:;<>[\\\].]+)*@(?!-)[^\s@"(),:;<>[\\\].]{1,63}(?<!-)(?:\.(?!-)[^\s@"(),:;<>[\\\].]{1,63}(?<!-))+$/.test(
      cell,
    )
      ? cell
      : undefined,
};

/**
 * An IPv4 or IPv6 address; the latter in the form of RFC 5952. Compared as addresses: as text 10.0.0.10 would come before
 * 10.0.0.9.
 */
export const ipAddress: ColumnType = {
  sql: 'text',
  comparedAs: 'inet',
  expected: 'an IPv4 or IPv6 address',
  maxLength: 64,
  canonical(cell) {
    const family = isIP(cell);
    if (family === 4) return cell;
    return family === 6 && !cell.includes('%')
      ? new SocketAddress({ address: cell, family: 'ipv6' }).address
      : undefined;
  },
};

/** Twelve digits, or groups of two, four or six with the same sign between them; of two with colons a leading zero may be missing. */
const MAC =
  /^(?:[0-9a-f]{12}|[0-9a-f]{2}([-. ])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}|[0-9a-f]{4}([-:. ])[0-9a-f]{4}\2[0-9a-f]{4}|[0-9a-f]{6}[-:. ][0-9a-f]{6})$/i;

/** A MAC address in any common notation; lower case with colons. */
export const macAddress: ColumnType = {
  sql: 'text',
  expected: 'a MAC address such as 00:1a:2b:3c:4d:5e',
  maxLength: 64,
  canonical(cell) {
    if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(cell)) return cell;
    if (!MAC.test(cell)) return undefined;
    const digits = cell
      .toLowerCase()
      .replace(/(?<![0-9a-f])[0-9a-f](?![0-9a-f])/g, '0$&')
      .replace(/[^0-9a-f]/g, '');
    return digits.replace(/..(?=.)/g, '$&:');
  },
};

/** A list written in one cell, its entries separated by `|`; blank entries are dropped, so `||` is an empty list. */
export const list: ColumnType = {
  sql: 'text[]',
  expected: 'a list separated by |',
  verbatim: true,
  maxLength: 10_000,
  canonical(cell) {
    const entries = cell.split('|').map((entry) => entry.trim());
    const quoted = entries.filter(Boolean).map((entry) => `"${entry.replace(/["\\]/g, '\\$&')}"`);
    return `{${quoted.join(',')}}`;
  },
};
