import { isUtf8 } from 'node:buffer';
import { Refusal } from '../../errors/failure.ts';
import { messages } from '../../errors/messages.ts';
import type { App } from '../../zod.ts';

/**
 * Takes bodies of these media types as their text, in UTF-8, for routes that read it themselves.
 *
 * @throws Refusal `malformed` when a body is not UTF-8
 */
export function acceptText(scope: App, mediaTypes: readonly string[]): void {
  scope.removeAllContentTypeParsers();
  for (const mediaType of mediaTypes) {
    scope.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (_request, body, done) => {
      if (isUtf8(body as Buffer)) return done(null, (body as Buffer).toString());
      const message = messages.body_not_utf8;
      done(new Refusal('malformed', message, { problems: [{ field: 'body', message }] }));
    });
  }
}
