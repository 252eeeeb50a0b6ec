import { isUtf8 } from 'node:buffer';
import { type Encoding, sourceLength } from './encoding.ts';

const LF = 10;
/** Ctrl-Z, with which CP/M and DOS ended text files; some programs still do. */
const SUBSTITUTE = 26;

/**
 * The part of a UTF-8 stream that is looked at: it slides forward, never back, and holds what a caller still needs plus at
 * least as much again, so that looking at an unfinished record from its start once more stays linear.
 */
export class TextWindow {
  /** `length` bytes of the stream, then a line feed that is not of it, so that a scan needs no check of bounds. */
  bytes: Buffer;
  length = 0;
  /**
   * The same bytes as a string of one character each: slicing ASCII from it made the whole scan 3 times faster than decoding
   * each cell.
   */
  text = '';
  /** No byte follows but Ctrl-Z, which is not of the text. */
  ended = false;
  /** It may hold bad UTF-8 or a NUL character; otherwise no cell needs a check of its own. */
  suspect = false;

  readonly #encoding: Encoding;
  readonly #stepBytes: number;
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);
  #failure: unknown;
  // A position and its offset in the source; it moves on with every question, so each byte is counted once.
  #knownAt = 0;
  #knownOffset: number;

  /** @param offset where in the source `chunks` begin, in bytes */
  constructor(chunks: AsyncIterable<Buffer>, encoding: Encoding, offset: number, stepBytes: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#encoding = encoding;
    this.#knownOffset = offset;
    this.#stepBytes = stepBytes;
    this.bytes = Buffer.alloc(0);
  }

  /** Offset in the source of a position in `bytes`; positions must not go back between slides. */
  offsetOf(at: number): number {
    this.#knownOffset += sourceLength(this.#encoding, this.bytes, this.#knownAt, at);
    this.#knownAt = at;
    return this.#knownOffset;
  }

  /** Forgets everything before position `from`, which becomes position 0, and takes in what follows. */
  async slide(from: number): Promise<void> {
    this.offsetOf(from);
    this.#knownAt = 0;
    const kept = this.length - from;
    const wanted = kept + Math.max(this.#stepBytes, kept);
    this.bytes.copyWithin(0, from, this.length);
    this.length = kept;
    while (this.length < wanted && (this.#pending.length > 0 || (await this.#pull()))) {
      const coming = Math.min(this.#pending.length, wanted - this.length);
      this.#reserve(this.length + coming);
      const taken = this.#pending.copy(this.bytes, this.length, 0, coming);
      this.#pending = this.#pending.subarray(taken);
      this.length += taken;
    }
    this.#seal();
  }

  /** Throws again what the stream threw: one that failed must not look like one that ended. */
  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #pull(): Promise<boolean> {
    try {
      const next = await this.#chunks.next();
      this.ended = next.done === true;
      this.#pending = next.done === true ? Buffer.alloc(0) : next.value;
      return !this.ended;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Makes room for `count` bytes and the line feed behind them: as much as comes, since most files are small. */
  #reserve(count: number): void {
    if (count < this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(1 + Math.max(count, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  #seal(): void {
    if (this.ended) while (this.length > 0 && this.bytes[this.length - 1] === SUBSTITUTE) this.length--;
    this.#reserve(this.length);
    this.bytes[this.length] = LF;
    this.text = this.bytes.toString('latin1', 0, this.length + 1);
    const whole = this.bytes.subarray(0, this.ended ? this.length : lastWholeCharacter(this.bytes, this.length));
    this.suspect = whole.includes(0) || !isUtf8(whole);
  }
}

/** Where a UTF-8 character that the end cuts begins, else the end. */
function lastWholeCharacter(bytes: Uint8Array, length: number): number {
  for (let at = length - 1; at >= 0 && at >= length - 3; at--) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return at + (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > length ? at : length;
  }
  return length;
}
