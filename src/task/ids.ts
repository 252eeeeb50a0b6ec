import { randomBytes } from 'node:crypto';

/**
 * The one id of OpenBulk: 96 bits, the first 48 a millisecond timestamp and the rest random, so that ids sort by creation
 * time in both spellings (contract "Identity"):
 *
 *   hex24  tttttttttttt rrr rrrrrrrrr
 *   uuid   tttttttt-tttt-8rrr-8rrr-rrrrrr000000     (version 8, RFC 9562 §5.8)
 *
 * Inside the program and in PostgreSQL an id is the UUID.
 */
const HEX24 = /^[0-9a-f]{24}$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{6}0{6}$/i;

let lastTime = 0;
let lastTail = 0n;

/** A new id, as a UUID; greater than every id this process made before. */
export function newId(): string {
  const time = Date.now();
  if (time > lastTime) {
    lastTime = time;
    lastTail = BigInt(`0x${randomBytes(6).toString('hex')}`) >> 1n;
  } else {
    lastTail += 1n;
  }
  return fromHex24(lastTime.toString(16).padStart(12, '0') + lastTail.toString(16).padStart(12, '0'));
}

/** The UUID of 24 hex digits. */
export function fromHex24(hex: string): string {
  const h = hex.toLowerCase();
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(12, 15)}-8${h.slice(15, 18)}-${h.slice(18, 24)}000000`;
}

/** The 24 hex digits of an id's UUID. */
export function toHex24(id: string): string {
  const h = id.replaceAll('-', '');
  return h.slice(0, 12) + h.slice(13, 16) + h.slice(17, 26);
}

/** The id in either spelling, as its UUID; `undefined` when it is neither. */
export function parseId(text: string): string | undefined {
  if (HEX24.test(text)) return fromHex24(text);
  return UUID.test(text) ? text.toLowerCase() : undefined;
}
