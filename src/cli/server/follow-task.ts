import { setTimeout as sleep } from 'node:timers/promises';
import { readEvents } from './event-stream.ts';
import { connectionError, dataOf, type Endpoint, Refused, readText, retryAfter, send } from './http.ts';
import { createWaiting, Unavailable } from './patience.ts';
import { isOver, type TaskView } from './wire.ts';

export interface Following {
  readonly endpoint: Endpoint;
  readonly id: string;
  /** Ends the following; the task goes on. */
  readonly signal: AbortSignal;
  readonly onWait: (text: string) => void;
}

/** A server that is updated or restarted is back within this time. */
const PATIENCE_MILLISECONDS = 300_000;
/** A stream on which nothing comes, not even a comment, is dead. */
const SILENCE_MILLISECONDS = 60_000;
/** A stream begins with the task as it stands. If that does not come, something between holds the stream back. */
const FIRST_EVENT_MILLISECONDS = 10_000;
const END_MILLISECONDS = 1_000;
const POLL_MILLISECONDS = 1_000;

/**
 * Gives the task as it is and after every change that can be seen, until it is over. Lives through restarts of the
 * server; where events do not come through, it asks from time to time.
 *
 * @throws CommandError; the reason of `signal`
 */
export async function* followTask(following: Following): AsyncGenerator<TaskView> {
  const { signal, onWait } = following;
  const waiting = createWaiting({ milliseconds: PATIENCE_MILLISECONDS, signal, onWait });
  const position = { lastEventId: '', etag: '' };
  let next = byEvents;
  let over = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      for await (const task of next(following, position)) {
        waiting.reset();
        over = isOver(task);
        yield task;
      }
      if (over) return;
    } catch (error) {
      signal.throwIfAborted();
      if (over) return;
      if (error instanceof NoEvents) next = byPolling;
      else if (error instanceof Unavailable) await waiting.wait(error);
      else throw error;
    }
  }
}

/** What a broken connection leaves us, to go on from. */
interface Position {
  lastEventId: string;
  etag: string;
}

/** Events cannot be had here. */
class NoEvents extends Error {}

async function* byEvents({ endpoint, id, signal }: Following, position: Position): AsyncGenerator<TaskView> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(new NoEvents()), FIRST_EVENT_MILLISECONDS);
  try {
    const stream = await openStream(endpoint, id, position, AbortSignal.any([signal, silence.signal]));
    for await (const event of readEvents(afterEach(stream, () => timer.refresh()))) {
      position.lastEventId = event.id;
      const task = taskOf(event.data);
      if (task) yield task;
      clearTimeout(timer);
      // After the last event the server ends the stream. Breaking it off ourselves would make fetch open another connection.
      const patience = task && isOver(task) ? END_MILLISECONDS : SILENCE_MILLISECONDS;
      timer = setTimeout(() => silence.abort(new Unavailable('The server has fallen silent.')), patience);
    }
  } catch (error) {
    if (silence.signal.aborted) throw silence.signal.reason;
    throw error instanceof NoEvents ? error : connectionError(endpoint.url, error);
  } finally {
    clearTimeout(timer);
    // Leaves no connection behind, whatever ended the loop.
    silence.abort();
  }
  throw new Unavailable('The server ended the connection.');
}

async function openStream(
  endpoint: Endpoint,
  id: string,
  { lastEventId }: Position,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
  const response = await send(endpoint, `/${id}/events`, { headers, signal }).catch((error: unknown) => {
    // Of a task that is not there, polling will say so.
    if (error instanceof Refused && [404, 405, 406, 501].includes(error.status)) throw new NoEvents();
    throw error;
  });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) throw new NoEvents();
  return response.body;
}

async function* afterEach(body: AsyncIterable<Uint8Array>, then: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    then();
    yield chunk;
  }
}

/** The task in an event's data; `undefined` for an event of another kind. */
function taskOf(data: string): TaskView | undefined {
  try {
    const value = JSON.parse(data);
    return typeof value?.id === 'string' && typeof value.status === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

async function* byPolling({ endpoint, id, signal }: Following, position: Position): AsyncGenerator<TaskView> {
  for (;;) {
    const headers = position.etag ? { 'if-none-match': position.etag } : {};
    const response = await send(endpoint, `/${id}`, { headers, signal });
    const text = await readText(endpoint, response);
    position.etag = response.headers.get('etag') ?? position.etag;
    if (response.status !== 304) {
      const task = dataOf<TaskView>(endpoint, text);
      yield task;
      if (isOver(task)) return;
    }
    await sleep(retryAfter(response.headers) ?? POLL_MILLISECONDS, undefined, { signal });
  }
}
