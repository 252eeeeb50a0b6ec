import { z } from 'zod';
import { isStorable, UNSTORABLE } from './storable.ts';

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
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters')
  .describe(
    'The same key and request within 24 hours get the first answer again; with another request the key is refused.',
  );

/** The headers of whoever asks again and again. */
export const pollHeaders = z.looseObject({
  'if-none-match': z
    .string()
    .optional()
    .describe('The ETag of the state that is known: 304 when it is still the same.'),
});

/**
 * An object of texts under names that anybody chose. Not `z.record`, which leaves out a member named `__proto__`.
 *
 * @param error of what is no such object
 * @param mayBe whether a text may be there: of what is answered, such as cells of a file, any
 */
export function textsByName(error = 'must be an object whose values are texts', mayBe = isStorable) {
  return z
    .unknown()
    .superRefine((given, context) => {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return context.addIssue(error);
      for (const [name, value] of Object.entries(given)) {
        const message = typeof value !== 'string' ? error : mayBe(name) && mayBe(value) ? undefined : UNSTORABLE;
        if (message) context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .meta({ type: 'object', additionalProperties: { type: 'string' } }) as z.ZodType as z.ZodType<
    Readonly<Record<string, string>>
  >;
}
