import { z } from 'zod';
import { isLonger } from '../task/text/characters.ts';
import { isStorable, UNSTORABLE } from './http/bodies/storable.ts';

/** A whole number of a query string; anything but digits is none. `standard` when it is not given. */
export function number(min: number, max: number, standard: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text),
    z.int({ error: message }).min(min, message).max(max, message).default(standard),
  );
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Yes or no in a query string, a field of a form or a header: `true`, `false`, `1` or `0` in any case (docs/api/common.md "Parameters"). */
export const boolean = z.preprocess(
  (given) => (typeof given === 'object' ? given : (BOOLEANS.get(String(given).toLowerCase()) ?? given)),
  z.boolean({ error: 'must be true or false' }),
);

/** Text of so many characters at most, as people count them. */
export function upTo(most: number) {
  return z
    .string({ error: 'must be a text' })
    .refine((text) => !isLonger(text, most), `must have ${most} characters at most`)
    .meta({ maxLength: most });
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

/** An object of texts under names that anybody chose. Not `z.record`, which leaves out a member named `__proto__`. */
export function textsByName() {
  return named(() => undefined);
}

/** The same where it is to be stored. @param error of what is no such object */
export function storedTextsByName(error?: string) {
  return named((name, value) => (isStorable(name) && isStorable(value) ? undefined : UNSTORABLE), error);
}

function named(
  problemOf: (name: string, value: string) => string | undefined,
  error = 'must be an object whose values are texts',
) {
  return z
    .unknown()
    .superRefine((given, context) => {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return context.addIssue(error);
      for (const [name, value] of Object.entries(given)) {
        const message = typeof value === 'string' ? problemOf(name, value) : error;
        if (message) context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .meta({ type: 'object', additionalProperties: { type: 'string' } }) as z.ZodType as z.ZodType<
    Readonly<Record<string, string>>
  >;
}
