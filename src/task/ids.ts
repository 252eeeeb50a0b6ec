import { randomInt } from 'node:crypto';

/**
 * The one id of OpenBulk: 96 bits, the first 48 a millisecond timestamp and the rest random, so that ids sort by creation
 * time in both spellings (docs/api/common.md "Identifiers"):
 *
 *   hex24  tttttttttttt rrr rrrrrrrrr
 *   uuid   tttttttt-tttt-8rrr-8rrr-rrrrrr000000     (version 8, RFC 9562 §5.8)
 *
 * Inside the program and in PostgreSQL an id is the UUID.
 */
const HEX24 = /^[0-9a-f]{24}$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{6}0{6}$/i;

/** Ids of one millisecond count up from a random number: its upper and its lower 24 bits. */
let time = 0;
let upper = 0;
let lower = 0;
/** All of a UUID that only changes with `time` and `upper`. */
let head = '';

const HALF = 2 ** 24;

/** A new id, as a UUID; greater than every id this process made before. */
export function newId(): string {
  const now = Date.now();
  if (now > time || lower === HALF - 1) {
    // The upper half begins in the lower part of its range, so that it never runs over.
    if (now > time) upper = randomInt(HALF / 2);
    else upper += 1;
    lower = now > time ? randomInt(HALF) : 0;
    time = Math.max(now, time);
    const t = time.toString(16).padStart(12, '0');
    const u = upper.toString(16).padStart(6, '0');
    head = `${t.slice(0, 8)}-${t.slice(8)}-8${u.slice(0, 3)}-8${u.slice(3)}-`;
  } else {
    lower += 1;
  }
  return `${head}${lower.toString(16).padStart(6, '0')}000000`;
}

/** Smaller than every id that is made from a moment on, as a UUID. */
export function firstIdOf(moment: Date): string {
  return fromHex24(moment.getTime().toString(16).padStart(12, '0').padEnd(24, '0'));
}

/** The UUID of 24 hex digits. */
export function fromHex24(hex: string): string {
  const h = hex.toLowerCase();
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(12, 15)}-8${h.slice(15, 18)}-${h.slice(18, 24)}000000`;
}

/** The 24 hex digits of an id's UUID. */
export function toHex24(id: string): string {
  return id.slice(0, 8) + id.slice(9, 13) + id.slice(15, 18) + id.slice(20, 23) + id.slice(24, 30);
}

/** The id in either spelling, as its UUID; `undefined` when it is neither. */
export function parseId(text: string): string | undefined {
  if (HEX24.test(text)) return fromHex24(text);
  return UUID.test(text) ? text.toLowerCase() : undefined;
}
