import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../../task/json/exact-json.ts';
import { findJsonFault } from '../../../task/json/json-fault.ts';
import { Refusal } from '../../errors/failure.ts';
import { messages } from '../../errors/messages.ts';
import type { App } from '../../zod.ts';

/**
 * Takes JSON bodies in UTF-8, and for one an empty body that is called JSON: many clients name a Content-Type on every POST, also on one
 * that has nothing to say. Text, which Fastify takes by itself, is not taken.
 *
 * @throws Refusal `malformed`, with the place where a body stops being JSON
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
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body as Buffer)) return done(unreadable(messages.body_not_utf8));
    // What it begins with says that it is UTF-8, and is not of the JSON (RFC 8259 §8.1).
    const text = (body as Buffer).toString().replace(/^\ufeff/, '');
    parse(request, text, (error, value) => {
      const fault = error && findJsonFault(text);
      if (fault) return done(unreadable(`The body is not JSON: ${fault.what} at character ${fault.at + 1}.`));
      if (!error && exact.length > 0) keepDigits(value, text, exact);
      done(error, value);
    });
  });
}

function unreadable(message: string): Refusal {
  return new Refusal('malformed', message, { problems: [{ field: 'body', message }] });
}

function keepDigits(value: unknown, body: string, members: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const given = members.filter((name) => Object.hasOwn(value, name));
  if (given.length === 0) return;
  const exact = parseJson(body) as Record<string, unknown>;
  for (const name of given) (value as Record<string, unknown>)[name] = exact[name];
}
