/** The encodings that can be chosen, as the API names them. */
export const encodings = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be'] as const;
export type Encoding = (typeof encodings)[number];

/**
 * The encoding to declare for a file, by its beginning; `''` where the server finds it out. A text that is no UTF-8 is most likely one that a
 * spreadsheet has saved in the encoding of Western Windows.
 *
 * @param whole whether there is nothing behind it
 */
export function guessEncoding(start: Uint8Array, whole: boolean): Encoding | '' {
  const [first, second] = start;
  const gzip = first === 0x1f && second === 0x8b;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // With NULs it is UTF-16 without its mark, or no text.
  if (gzip || marked || start.includes(0)) return '';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: !whole });
    return '';
  } catch {
    return 'windows-1252';
  }
}
