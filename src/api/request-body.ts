import type { IncomingMessage } from 'node:http';
import { Refusal } from './failure.ts';

/** A client that sends nothing for this long is gone, ms. */
const IDLE = 60_000;

/**
 * The bytes of a request's body as they arrive, for a route whose content type no parser reads. Who stops reading can still
 * answer: the connection stays open.
 *
 * @throws Refusal `malformed` when the body ends before it is complete
 */
export async function* requestBody(request: IncomingMessage): AsyncGenerator<Buffer> {
  request.setTimeout(IDLE, () => request.destroy());
  try {
    yield* request.iterator({ destroyOnReturn: false });
  } catch {
    const message = 'The body ends before it is complete.';
    throw new Refusal('malformed', message, { problems: [{ field: 'body', message }] });
  } finally {
    request.setTimeout(0);
  }
}
