import { parseJson } from '../task/exact-json.ts';
import type { App } from './zod.ts';

/**
 * Takes JSON bodies, and for one an empty body that is called JSON: many clients name a Content-Type on every POST, also on one
 * that has nothing to say. Text, which Fastify takes by itself, is not taken.
 *
 * @param exact members that hold any JSON, whose numbers stay as they are written (`parseJson`)
 * @param prototypes what to do with members such as `__proto__`: a dialect that checks every member by itself takes them as they are
 */
export function acceptEmptyJson(
  scope: App,
  {
    prototypes = 'error',
    exact = [],
  }: { readonly prototypes?: 'error' | 'ignore'; readonly exact?: readonly string[] } = {},
): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser(prototypes, prototypes);
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else {
      parse(request, body as string, (error, value) => {
        if (!error && exact.length > 0) keepDigits(value, body as string, exact);
        done(error, value);
      });
    }
  });
}

function keepDigits(value: unknown, body: string, members: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const given = members.filter((name) => Object.hasOwn(value, name));
  if (given.length === 0) return;
  const exact = parseJson(body) as Record<string, unknown>;
  for (const name of given) (value as Record<string, unknown>)[name] = exact[name];
}
