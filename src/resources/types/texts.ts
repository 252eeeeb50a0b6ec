import { isIP, SocketAddress } from 'node:net';
import type { ColumnType } from './column-type.ts';

/** Free text of at most `maxLength` characters. */
export function text(maxLength: number): ColumnType {
  return { sql: 'text', expected: 'text', maxLength, verbatim: true, canonical: (cell) => cell };
}

/** One of a few words, in any case; lower case. */
export function choice(words: readonly string[]): ColumnType {
  const known = new Map(words.map((word) => [word.toLowerCase(), word]));
  return {
    sql: 'text',
    expected: `one of ${words.join(', ')}`,
    maxLength: 64,
    canonical: (cell) => known.get(cell.toLowerCase()),
  };
}

/**
 * An e-mail address: words with dots between them, one @, a domain of two labels at least, none of which begins or ends with a
 * hyphen; no white space (RFC 5321, section 4.1.2, without quoted words and address literals; lengths of section 4.5.3.1).
 */
export const email: ColumnType = {
  sql: 'text',
  expected: 'an email address',
  maxLength: 254,
  distinctive: true,
  canonical: (cell) =>
    /^(?=[^@]{1,64}@)[^\s@"(),:;<>[\\\].]+(?:\.[^\s@"(),:;<>[\\\].]+)*@(?!-)[^\s@"(),:;<>[\\\].]{1,63}(?<!-)(?:\.(?!-)[^\s@"(),:;<>[\\\].]{1,63}(?<!-))+$/.test(
      cell,
    )
      ? cell
      : undefined,
};

/** A URI with its scheme (RFC 3986, section 3), or an IRI (RFC 3987); what is of the web has a host. Kept as it is written. */
export const uri: ColumnType = {
  sql: 'text',
  expected: 'a URI such as https://example.com/page',
  maxLength: 10_000,
  canonical(cell) {
    if (!/^[a-z][a-z0-9+.-]*:[^\s"<>\\^`{|}]+$/i.test(cell)) return undefined;
    return !/^(?:https?|ftp|wss?):/i.test(cell) || (/^\w+:\/\/[^/]/.test(cell) && URL.canParse(cell))
      ? cell
      : undefined;
  },
};

const UUID = /^(?:urn:uuid:)?(\{?)([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(\}?)$/i;

/** A UUID with or without hyphens, in braces or as a URN (RFC 9562, section 4); lower case with hyphens. */
export const uuid: ColumnType = {
  sql: 'uuid',
  expected: 'a UUID such as 123e4567-e89b-12d3-a456-426614174000',
  maxLength: 64,
  canonical(cell) {
    if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(cell)) return cell;
    const [, open, a, b, c, d, e, close] = UUID.exec(cell) ?? [];
    if (a === undefined || (open === '{') !== (close === '}')) return undefined;
    return [a, b, c, d, e].join('-').toLowerCase();
  },
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
  distinctive: true,
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
  distinctive: true,
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

/** Characters of a cell of bytes: 3 MiB of bytes would be more than a record may have. */
const MAX_BINARY = 1_000_000;

/** Bytes, in base64 (RFC 4648, section 4), with or without its padding; kept as bytes, and written with it. */
export const binary: ColumnType = {
  sql: 'bytea',
  expected: 'bytes in base64',
  maxLength: MAX_BINARY,
  canonical: readBase64,
  // No base64 has a backslash.
  standard: (text) => (/^\\x(?:[0-9a-f]{2})*$/.test(text) ? text : readBase64(text)),
};

function readBase64(cell: string): string | undefined {
  const end = cell.endsWith('==') ? cell.length - 2 : cell.endsWith('=') ? cell.length - 1 : cell.length;
  const plain = cell.slice(0, end);
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || (end < cell.length && cell.length % 4 !== 0)) return undefined;
  const bytes = Buffer.from(plain, 'base64');
  // Bits that no byte has must be zero, else two cells would be the same bytes and differ.
  return bytes.toString('base64').replace(/=+$/, '') === plain ? `\\x${bytes.toString('hex')}` : undefined;
}
