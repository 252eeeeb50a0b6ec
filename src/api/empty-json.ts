import type { App } from './zod.ts';

/**
 * Takes JSON bodies, and for one an empty body that is called JSON: many clients name a Content-Type on every POST, also on one
 * that has nothing to say. Text, which Fastify takes by itself, is not taken.
 *
 * @param prototypes what to do with members such as `__proto__`: a dialect that checks every member by itself takes them as they are
 */
export function acceptEmptyJson(scope: App, prototypes: 'error' | 'ignore' = 'error'): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser(prototypes, prototypes);
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}
