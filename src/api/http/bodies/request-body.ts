import type { Readable } from 'node:stream';
import { Refusal } from '../../errors/failure.ts';
import { messages } from '../../errors/messages.ts';

/**
 * The bytes of a request's body as they arrive, for a route whose content type no parser reads. Who stops reading can still
 * answer: the connection stays open.
 *
 * @throws Refusal `malformed` when the body ends before it is complete, `request_timeout` when it comes too slowly
 */
export async function* requestBody(content: Readable): AsyncGenerator<Buffer> {
  try {
    yield* content.iterator({ destroyOnReturn: false });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const message = messages.body_incomplete;
    throw new Refusal('malformed', message, { problems: [{ field: 'body', message }] });
  }
}
