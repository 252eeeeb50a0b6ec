/** Some bytes of a file, at least one. */
export interface ByteRange {
  /** Of the first byte. */
  readonly start: number;
  /** Behind the last. */
  readonly end: number;
}

/**
 * The one range of a `Range` header (RFC 9110 §14). Anything else (several ranges, another unit, none of the file's bytes)
 * may be ignored, and is: the whole file is an answer to it.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : undefined;
}
