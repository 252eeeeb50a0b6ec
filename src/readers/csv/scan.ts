import { isUtf8 } from 'node:buffer';
import {
  badEncoding,
  type LineError,
  type Names,
  neverClosed,
  nulCharacter,
  quoteInside,
  textAfterQuote,
} from '../../task/line-reasons.ts';
import type { TextWindow } from '../text/window.ts';

export type Delimiter = ',' | ';' | '\t' | '|';

const TAB = 9;
const LF = 10;
const CR = 13;
/** Ctrl-Z, which ended text files in CP/M and DOS: what joined those left it between them. */
const SUBSTITUTE = 26;
const SPACE = 32;
const QUOTE = 34;
const EQUALS = 61;
/** The first byte of a byte-order mark in UTF-8. */
const MARK = 0xef;
/** A line end whose second half may follow behind the window. */
const CUT = -1;
/** Stands for the or-ed bytes of a cell where nobody or-ed them: it is decoded the long way. */
const NOT_ASCII = 0x80;

/** 1 for each of the 256 bytes but these: one lookup a byte is what the scan's time goes into. */
function allBut(...bytes: number[]): Uint8Array {
  const others = new Uint8Array(256).fill(1);
  for (const byte of bytes) others[byte] = 0;
  return others;
}

/** The bytes that do not end a stretch inside quotes. */
const QUOTED_PLAIN = allBut(LF, CR, QUOTE);

/** 1 for each byte that says nothing: blanks and delimiters. A line of nothing else is blank. */
export function blankBytes(delimiters: readonly Delimiter[]): Uint8Array {
  const codes = delimiters.map((delimiter) => delimiter.charCodeAt(0));
  return allBut(SPACE, TAB, SUBSTITUTE, ...codes).map((other) => 1 - other);
}

/**
 * Tells the records of RFC 4180 apart, on bytes, one record a call. A record that the window cuts is scanned again from its
 * start once the window has more: no state to carry over an edge, so no bug at one.
 *
 * Measured on 10 columns of ASCII (125 bytes a row): 2.9 M rows/s, against 2.8 M with `indexOf` for every delimiter,
 * 2.2 M with `indexOf` and `split`, and 0.9 M where every cell is decoded by itself.
 */
export class RecordScanner {
  /** Position in the window where the next record starts. */
  at = 0;
  /** 1-based physical line of that position. */
  line: number;

  /** The last record's cells, verbatim; a damaged one with its quotes. */
  cells: string[] = [];
  /** What is wrong with the last record's quoting or encoding. */
  fault: LineError | undefined;
  /** Line of a quote that the end of the text left open in the last record. */
  unclosedOn: number | undefined;
  /** The last record's length in bytes of UTF-8, without its line end. */
  size = 0;

  readonly #window: TextWindow;
  readonly #names: Names;
  readonly delimiter: Delimiter;
  readonly #delimiter: number;
  /** The bytes that do not end an unquoted cell. */
  readonly #plain: Uint8Array;
  readonly #blank: Uint8Array;
  /** Line ends inside the quotes of the record being scanned. */
  #newlines = 0;

  /** @param blank the delimiters of which a blank line may have some */
  constructor(
    window: TextWindow,
    delimiter: Delimiter,
    names: Names,
    line: number,
    blank: readonly Delimiter[] = [delimiter],
  ) {
    this.#window = window;
    this.#names = names;
    this.line = line;
    this.delimiter = delimiter;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#plain = allBut(LF, CR, QUOTE, this.#delimiter);
    this.#blank = blankBytes(blank);
  }

  /**
   * Goes to the next record or the end of the text. Lines of nothing but blanks and delimiters are blank; a byte-order mark in
   * front of a record is not of it, as where files were joined. False: the window must first slide to `at`.
   */
  skipBlankLines(): boolean {
    const { bytes, length, ended } = this.#window;
    const blank = this.#blank;
    while (this.at < length) {
      let at = this.at;
      let byte = bytes[at] as number;
      if (byte === MARK) {
        if (length - at < 3 && !ended) return false;
        if (bytes[at + 1] !== 0xbb || bytes[at + 2] !== 0xbf || length - at < 3) return true;
        this.at += 3;
        continue;
      }
      while (blank[byte] === 1) byte = bytes[++at] as number;
      if (at === length) {
        if (!ended) return false;
        this.at = at;
        return true;
      }
      if (byte !== LF && byte !== CR) return true;
      const next = this.#afterLineEnd(at);
      if (next === CUT) return false;
      this.at = next;
      this.line++;
    }
    return ended;
  }

  /** Takes the record at `at` and goes behind it. False: the window cuts it and must first slide to `at`. */
  scan(): boolean {
    const { bytes, length, ended } = this.#window;
    const plain = this.#plain;
    const delimiter = this.#delimiter;
    this.cells = [];
    this.fault = undefined;
    this.unclosedOn = undefined;
    this.#newlines = 0;
    for (let at = this.at; ; at++) {
      const from = at;
      let byte = bytes[at] as number;
      if (byte === QUOTE) {
        at = this.#quoted(at);
      } else {
        let seen = 0;
        while (plain[byte] === 1) {
          seen |= byte;
          byte = bytes[++at] as number;
        }
        this.cells.push(this.#decoded(from, at, seen));
      }
      const stop = bytes[at];
      if (stop === delimiter) continue;
      if (stop !== LF && stop !== CR) {
        at = this.#formula(from, at) ?? this.#resync(from, at);
        if (bytes[at] === delimiter) continue;
      }
      return (at < length || ended) && this.#finish(at);
    }
  }

  /**
   * Takes the quoted cell at `open`.
   * @returns the position behind its closing quote; the window's end if there is none
   */
  #quoted(open: number): number {
    const { bytes, length } = this.#window;
    const newlinesBefore = this.#newlines;
    let seen = 0;
    let doubled = false;
    for (let at = open + 1; ; at++) {
      let byte = bytes[at] as number;
      while (QUOTED_PLAIN[byte] === 1) {
        seen |= byte;
        byte = bytes[++at] as number;
      }
      if (byte === QUOTE) {
        if (bytes[at + 1] !== QUOTE) {
          const text = this.#decoded(open + 1, at, seen);
          this.cells.push(doubled ? text.replaceAll('""', '"') : text);
          return at + 1;
        }
        doubled = true;
        at++;
      } else {
        if (at === length) return this.#neverClosed(open, newlinesBefore);
        if (byte === CR && bytes[at + 1] === LF && at + 1 < length) at++;
        this.#newlines++;
      }
    }
  }

  /**
   * Takes the cell at `from`, with a quote at `quote`, if it is written like `="0006003"`, which keeps Excel from taking a text for
   * a number. It ends in its line, and is kept as it stands.
   * @returns the position behind it
   */
  #formula(from: number, quote: number): number | undefined {
    const { bytes } = this.#window;
    if (bytes[from] !== EQUALS || quote !== from + 1) return undefined;
    let at = quote + 1;
    while (bytes[at] !== LF && bytes[at] !== CR && (bytes[at] !== QUOTE || bytes[at + 1] === QUOTE))
      at += bytes[at] === QUOTE ? 2 : 1;
    const end = bytes[at + 1];
    if (bytes[at] !== QUOTE || (end !== this.#delimiter && end !== LF && end !== CR)) return undefined;
    this.cells.pop();
    this.cells.push(this.#decoded(from, at + 1, NOT_ASCII));
    return at + 1;
  }

  #neverClosed(open: number, newlinesBefore: number): number {
    const { length, ended } = this.#window;
    if (ended) {
      this.unclosedOn = this.line + newlinesBefore;
      this.fault = neverClosed(this.#names, this.cells.length, this.unclosedOn);
      this.cells.push(this.#decoded(open, length, NOT_ASCII));
    }
    return length;
  }

  /**
   * After bad quoting, found at `bad` in the cell from `from` on: the rest of the line is taken as if it had no quotes, so
   * that the damage stays in one line and its other cells can still be reported.
   * @returns the position of the line end
   */
  #resync(from: number, bad: number): number {
    const { bytes } = this.#window;
    this.cells.pop();
    const index = this.cells.length;
    let start = from;
    let at = bad;
    for (; bytes[at] !== LF && bytes[at] !== CR; at++) {
      if (bytes[at] !== this.#delimiter) continue;
      this.cells.push(this.#decoded(start, at, NOT_ASCII));
      start = at + 1;
    }
    this.cells.push(this.#decoded(start, at, NOT_ASCII));
    const describe = bytes[from] === QUOTE ? textAfterQuote : quoteInside;
    this.fault = describe(this.#names, index, this.cells[index] as string);
    return at;
  }

  /** @param seen all bytes of the cell, or-ed: below 0x80 it is ASCII */
  #decoded(from: number, to: number, seen: number): string {
    const { bytes, text, suspect } = this.#window;
    if (seen < 0x80) return text.slice(from, to);
    const cell = bytes.toString('utf8', from, to);
    if (suspect && !isUtf8(bytes.subarray(from, to))) this.fault ??= badEncoding(this.#names, this.cells.length, cell);
    return cell;
  }

  #finish(at: number): boolean {
    const { length, suspect } = this.#window;
    const next = at === length ? length : this.#afterLineEnd(at);
    if (next === CUT) return false;
    this.size = at - this.at;
    this.line += this.#newlines + (at === length ? 0 : 1);
    this.at = next;
    if (suspect && this.fault === undefined) this.fault = this.#foundNul();
    return true;
  }

  #foundNul(): LineError | undefined {
    const index = this.cells.findIndex((cell) => cell.includes('\0'));
    return index < 0 ? undefined : nulCharacter(this.#names, index, this.cells[index] as string);
  }

  /** CRLF is one line end, so a CR at the window's edge cannot be told yet. */
  #afterLineEnd(at: number): number {
    const { bytes, length, ended } = this.#window;
    if (bytes[at] === LF) return at + 1;
    if (at + 1 === length) return ended ? length : CUT;
    return bytes[at + 1] === LF ? at + 2 : at + 1;
  }
}
