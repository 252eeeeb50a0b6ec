import { z } from 'zod';
import type { Problem } from '../../../service/platform/service-error.ts';
import { fieldMessages } from '../../errors/messages.ts';
import type { App } from '../../zod.ts';
import { nameFor } from './storable.ts';

/** Of a route that takes no parameters. */
const NOTHING = z.object({});

/** Requires every route of a scope to declare its parameters, even if none: undeclared ones are errors. */
export function declareQueries(scope: App): void {
  scope.addHook('onRoute', (route) => {
    route.schema = { querystring: NOTHING, ...route.schema };
  });
}

/** Leaves out what is empty: a field that was not filled in counts as not given. */
export function filledIn(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

/**
 * What a query string gives, and what is wrong with its names, whatever the values are: an ignored misspelled `force` does
 * something else than what was asked (docs/api/common.md "Parameters").
 */
export function readQuery(
  schema: z.ZodType,
  given: Readonly<Record<string, unknown>>,
): { readonly values: Record<string, unknown>; readonly problems: readonly Problem[] } {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const problems = Object.entries(given).flatMap(([name, value]) => {
    if (known.includes(name)) return Array.isArray(value) ? [{ field: name, message: fieldMessages.repeated }] : [];
    // `?&=` names nothing.
    return name === '' ? [] : [{ field: nameFor(name), message: unknown(known) }];
  });
  const wrong = new Set(problems.map(({ field }) => field));
  const rest = Object.entries(filledIn(given)).filter(([name]) => !wrong.has(name));
  return { values: Object.fromEntries(rest), problems };
}

function unknown(known: readonly string[]): string {
  return fieldMessages.unknownParameter(known);
}
