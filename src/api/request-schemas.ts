import { z } from 'zod';

/** A whole number of a query string; anything but digits is none. `standard` when it is not given. */
export function number(min: number, max: number, standard: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text),
    z.int({ error: message }).min(min, message).max(max, message).default(standard),
  );
}

/** One of these words. */
export function oneOf<Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` });
}

/** The header `Idempotency-Key`. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters');
