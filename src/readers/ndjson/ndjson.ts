import { isUtf8 } from 'node:buffer';
import { invalidJson, jsonTooLarge, type LineError, lineBadEncoding } from '../../task/line-reasons.ts';
import type { ByteSource, Cursor, JsonRow, JsonValue, Reader } from '../reader.ts';
import { DEFAULT_LIMITS, type ReadLimits } from '../text/limits.ts';
import { type TextPosition, TextReader } from '../text/text-reader.ts';
import type { NdjsonFormat } from './describe-ndjson.ts';
import { findUnstorable } from './json-unstorable.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;

/**
 * Reads the JSON values of an NDJSON file (one a line, RFC 8259 each) from `cursor` on, in constant memory. Lines end with
 * LF or CRLF, the last one also with the file; blank lines are lines but not records; what is wrong with a line is in its
 * `error` and nothing else is lost by it. Of members that share a name the last counts; `__proto__` is a name like others.
 * A value may be nested as deeply as its line is long: look at its depth before recursing into it.
 *
 * `read` throws TaskError `file_unreadable` or `compressed_too_large` where a gzip file turns out to be one of these.
 * @param cursor the beginning of a line, from this format's `body` or a batch of an earlier reader; default: the first
 */
export function openNdjson(
  source: ByteSource,
  format: NdjsonFormat,
  cursor: Cursor = format.body,
  limits: Partial<ReadLimits> = {},
): Reader<JsonRow> {
  return new NdjsonReader(source, format, cursor, { ...DEFAULT_LIMITS, ...limits });
}

class NdjsonReader extends TextReader<JsonRow> {
  protected readonly place: TextPosition;

  constructor(source: ByteSource, format: NdjsonFormat, cursor: Cursor, limits: ReadLimits) {
    super(source, format, cursor, limits);
    this.place = { at: 0, line: cursor.line };
  }

  /** The place stays at a line's beginning, since columns are counted from there. */
  protected skipBlankLines(): boolean {
    const { bytes, length, ended } = this.window;
    for (let at = this.place.at; at < length; at++) {
      const byte = bytes[at] as number;
      if (byte === LF) {
        this.place.at = at + 1;
        this.place.line += 1;
      } else if (!isBlank(byte)) {
        return true;
      }
    }
    if (ended) this.place.at = length;
    return ended;
  }

  protected scan(): JsonRow | undefined {
    const { bytes, length, ended } = this.window;
    const { at, line } = this.place;
    // The window ends with a line feed that is not of the text.
    const stop = bytes.indexOf(LF, at);
    if (stop === length && !ended) return undefined;
    this.place.at = Math.min(stop + 1, length);
    if (stop < length) this.place.line += 1;
    const end = bytes[stop - 1] === CR ? stop - 1 : stop;
    if (this.isTooLarge(end - at)) return { line, error: jsonTooLarge(this.limits.maxRecordBytes) };
    const text = bytes.toString('utf8', at, end);
    const isText = !this.window.suspect || isUtf8(bytes.subarray(at, end));
    const read = isText ? parsed(text) : lineBadEncoding(text);
    return 'value' in read ? { line, value: read.value } : { line, error: read, text };
  }

  protected async skip(): Promise<JsonRow | undefined> {
    const { line } = this.place;
    let blank = true;
    for (let at = this.place.at; ; at = 0) {
      const { bytes, length, ended } = this.window;
      const stop = bytes.indexOf(LF, at);
      blank &&= bytes.subarray(at, stop).every(isBlank);
      if (stop < length || ended) {
        this.place.at = Math.min(stop + 1, length);
        if (stop < length) this.place.line += 1;
        return blank ? undefined : { line, error: jsonTooLarge(this.limits.maxRecordBytes) };
      }
      await this.window.slide(length);
    }
  }
}

function parsed(text: string): { readonly value: JsonValue } | LineError {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return invalidJson(text);
  }
  return findUnstorable(text, value) ?? { value };
}

/** White space of JSON (RFC 8259, section 2) inside a line. */
function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}
