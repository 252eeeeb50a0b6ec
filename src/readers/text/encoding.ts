import { isAscii } from 'node:buffer';
import { shown, TaskError } from '../../task/errors.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/**
 * What a `Content-Type` calls the encodings. As in the WHATWG Encoding Standard, Latin-1 means windows-1252. Unlike there,
 * `us-ascii` does not: it is what a client declares that did not think about it, and its files are UTF-8.
 */
const LABELS: ReadonlyMap<string, Encoding> = new Map([
  ...(['utf-8', 'utf8', 'us-ascii', 'ascii'] as const).map((label) => [label, 'utf-8'] as const),
  ...(['utf-16', 'utf-16le', 'utf16', 'utf16le'] as const).map((label) => [label, 'utf-16le'] as const),
  ...(['utf-16be', 'utf16be'] as const).map((label) => [label, 'utf-16be'] as const),
  ...(['windows-1252', 'cp1252', 'latin1', 'latin-1', 'iso-8859-1', 'iso8859-1', 'iso_8859-1'] as const).map(
    (label) => [label, 'windows-1252'] as const,
  ),
]);

/** What to declare: the plainest name of each that need not be found out. */
export const ENCODINGS = ['utf-8', 'utf-16', 'windows-1252'] as const;

/** Whether a file may be declared to be encoded so. */
export function isEncoding(label: string): boolean {
  return labelled(label) !== undefined;
}

function labelled(label: string): Encoding | undefined {
  return LABELS.get(
    label
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
}

const BYTE_ORDER_MARKS: readonly (readonly [Encoding, Buffer])[] = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];

/**
 * How a text is encoded, never guessed: its byte-order mark says so, else the declared label, else it is UTF-8.
 * @param start the text's first bytes, at least 3 of them unless it is shorter
 * @returns the encoding, and how many bytes the mark takes
 * @throws TaskError `file_unreadable` for a label that is not known
 */
export function detectEncoding(start: Buffer, declared?: string): { encoding: Encoding; markBytes: number } {
  for (const [encoding, mark] of BYTE_ORDER_MARKS) {
    if (start.subarray(0, mark.length).equals(mark)) return { encoding, markBytes: mark.length };
  }
  return { encoding: declared === undefined ? 'utf-8' : fromLabel(declared), markBytes: 0 };
}

function fromLabel(label: string): Encoding {
  const encoding = labelled(label);
  if (encoding !== undefined) return encoding;
  throw new TaskError(
    'file_unreadable',
    `The declared charset ${shown(label)} is not supported: save the file as UTF-8, or declare ${ENCODINGS.join(', ')}.`,
  );
}

/**
 * The same text in UTF-8. What is not text in the source stays no text here, so that one check finds it: a lone surrogate
 * becomes the byte 0xFE and half a UTF-16 unit at the end 0xFF, which UTF-8 never has; bad UTF-8 is passed on as it is.
 */
export function toUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncIterable<Buffer> {
  if (encoding === 'utf-8') return chunks;
  return encoding === 'windows-1252' ? fromWindows1252(chunks) : fromUtf16(chunks, encoding === 'utf-16be');
}

/** What windows-1252 has from 0x80 to 0x9F, where Latin-1 has control characters (WHATWG index-windows-1252). */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

async function* fromWindows1252(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (isAscii(chunk)) yield chunk;
    else
      yield Buffer.from(
        chunk.toString('latin1').replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252.charAt(c.charCodeAt(0) - 0x80)),
      );
  }
}

const LONE_SURROGATE = Buffer.from([0xfe]);
const HALF_UNIT = Buffer.from([0xff]);

async function* fromUtf16(chunks: AsyncIterable<Buffer>, bigEndian: boolean): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const whole = wholeCharacters(bytes, bigEndian);
    held = bytes.subarray(whole);
    if (whole > 0) yield encodeUnits(bytes.subarray(0, whole), bigEndian);
  }
  const units = held.length & ~1;
  if (units > 0) yield encodeUnits(held.subarray(0, units), bigEndian);
  if (held.length > units) yield HALF_UNIT;
}

/** How many bytes can be encoded without the ones to come: not half a unit, not the first half of a surrogate pair. */
function wholeCharacters(bytes: Buffer, bigEndian: boolean): number {
  const units = bytes.length & ~1;
  const highByte = bytes[units - (bigEndian ? 2 : 1)] ?? 0;
  return (highByte & 0xfc) === 0xd8 ? units - 2 : units;
}

function encodeUnits(units: Buffer, bigEndian: boolean): Buffer {
  const text = (bigEndian ? Buffer.from(units).swap16() : units).toString('utf16le');
  if (text.isWellFormed()) return Buffer.from(text);
  const pieces = text.split(/(\p{Surrogate})/u);
  return Buffer.concat(pieces.map((piece, i) => (i % 2 === 1 ? LONE_SURROGATE : Buffer.from(piece))));
}

/** Source bytes that each byte of the UTF-8 text stands for; all of a character's are booked on its first byte. */
const SOURCE_WIDTHS: Readonly<Record<Exclude<Encoding, 'utf-8'>, Uint8Array>> = {
  'windows-1252': widths(() => 1),
  'utf-16le': widths(utf16Width),
  'utf-16be': widths(utf16Width),
};

function widths(ofFirstByte: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => ((byte & 0xc0) === 0x80 ? 0 : ofFirstByte(byte)));
}

function utf16Width(firstByte: number): number {
  if (firstByte === HALF_UNIT[0]) return 1;
  return firstByte >= 0xf0 && firstByte < 0xf8 ? 4 : 2;
}

/** How many bytes of the source became `bytes[from..to]` of its UTF-8 text. */
export function sourceLength(encoding: Encoding, bytes: Uint8Array, from: number, to: number): number {
  if (encoding === 'utf-8') return to - from;
  const width = SOURCE_WIDTHS[encoding];
  let length = 0;
  for (let at = from; at < to; at++) length += width[bytes[at] as number] as number;
  return length;
}
