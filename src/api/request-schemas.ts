import { z } from 'zod';
import { isLonger } from '../task/text/characters.ts';
import { fieldMessages } from './errors/messages.ts';
import { isStorable, UNSTORABLE } from './http/bodies/storable.ts';

/** A whole number of a query string, digits only. `standard` if it is not given. */
export function number(min: number, max: number, standard: number) {
  const message = fieldMessages.wholeNumberIn(min, max);
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
  z.boolean({ error: fieldMessages.boolean }),
);

/** Text of at most this many characters, as people count them. */
export function upTo(most: number) {
  return z
    .string({ error: fieldMessages.string })
    .refine((text) => !isLonger(text, most), fieldMessages.characters(most))
    .meta({ maxLength: most });
}

/** One of these words. */
export function oneOf<Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: fieldMessages.oneOf(names) });
}

/** The header `Idempotency-Key`. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, fieldMessages.idempotencyKey)
  .describe(
    'Repeating a key with the same request within 24 hours returns the first response; with another request it is an error.',
  );

/** The headers of polling requests. */
export const pollHeaders = z.looseObject({
  'if-none-match': z
    .string()
    .optional()
    .describe('The ETag of a known state; the response is 304 if it has not changed.'),
});

/** An object of strings with arbitrary names. Not `z.record`, which drops a member named `__proto__`. */
export function textsByName() {
  return named(() => undefined);
}

/** The same for objects that are stored. @param error for anything else */
export function storedTextsByName(error?: string) {
  return named((name, value) => (isStorable(name) && isStorable(value) ? undefined : UNSTORABLE), error);
}

function named(
  problemOf: (name: string, value: string) => string | undefined,
  error = 'must be an object whose values are strings',
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
