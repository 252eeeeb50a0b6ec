import { isPassing, openWaiting, sleep } from '../connection/backoff.ts';
import { chunksOf } from '../connection/chunks.ts';
import { anyOf, type Call, type Connection, call } from '../connection/connection.ts';
import { readEvents } from '../connection/event-stream.ts';
import { fill, readBody } from '../dialect.ts';
import { errorOf, OpenBulkError, retryAfterOf, unreadable } from '../error.ts';
import { isOver, type Task, type TaskRef } from './task.ts';

/** A task on its way: the lists of lines come with its first state and its last. */
export type TaskState = Task;

export interface FollowOptions {
  /** `false`: no state has the lists of lines, which are up to 2,000. */
  readonly lines?: boolean;
  /** Ends the following; the task goes on. */
  readonly signal?: AbortSignal;
}

export interface WaitOptions extends FollowOptions {
  /** Told of every state that is seen, the first and the last included. */
  readonly onProgress?: (task: TaskState) => void;
  /** Milliseconds after which to give up with a `TimeoutError`; the task goes on. */
  readonly timeout?: number;
}

const PATH = '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}';
/** A server that is updated or restarted is back within this time, ms of waiting. */
const PATIENCE = 300_000;
/** After this many streams in a row that broke off without an event, although the server responds, events do not work here. */
const MOST_CUTS = 2;
/** The server begins a stream at once. If nothing comes, something between holds it back. */
const FIRST_BYTES = 10_000;
/** A stream on which nothing comes, not even a comment, is dead. */
const SILENCE = 60_000;
/** After the last event the server ends the stream, within this time, ms. If it breaks off instead, Node's `fetch` reconnects. */
const END = 1_000;
/** Where the server does not say when to ask again, ms. */
const PAUSE = 1_000;

/** The ended task: `completed` or `failed`. @throws as `followTask`; a `TimeoutError` */
export async function waitForTask(connection: Connection, task: TaskRef, options: WaitOptions = {}): Promise<Task> {
  const { onProgress, timeout, ...following } = options;
  const signal = anyOf(options.signal, timeout === undefined ? undefined : AbortSignal.timeout(timeout));
  for await (const state of followTask(connection, task, { ...following, ...(signal && { signal }) })) {
    onProgress?.(state);
    if (isOver(state)) return state;
  }
  throw new Error('A task that is followed ends.');
}

/** What is known of a task, for asking only for what is newer. */
interface Position {
  /** The id of its last event, and what its ETag says. */
  version: string;
}

/**
 * Yields the task now and after every visible change, until it ends. Survives restarts of the server, up to five
 * minutes each; where events do not come through, it asks as often as the server wants.
 *
 * @throws OpenBulkError; the reason of a signal
 */
export async function* followTask(
  connection: Connection,
  ref: TaskRef,
  options: FollowOptions = {},
): AsyncGenerator<TaskState> {
  const signal = anyOf(connection.signal, options.signal);
  const path = fill(PATH, { organizationId: ref.organization, bulkTaskId: ref.id });
  const following = { connection, path, signal, query: options.lines === false ? '?lines=false' : '' };
  const position: Position = { version: '' };
  for (let cuts = 0; ; ) {
    if (cuts < MOST_CUTS) {
      cuts += 1;
      try {
        for await (const task of byEvents(following, position)) {
          cuts = 0;
          yield task;
          if (isOver(task)) return;
        }
      } catch (error) {
        if (!(error instanceof OpenBulkError)) throw error;
        // Events do not work here; polling the task reports the reason if it matters.
        cuts = MOST_CUTS;
      }
    }
    const { task, pause } = await poll(following, position);
    if (task) yield task;
    if (task && isOver(task)) return;
    if (cuts >= MOST_CUTS) await sleep(pause, signal);
  }
}

interface Following {
  readonly connection: Connection;
  /** Of the task. */
  readonly path: string;
  readonly query: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * The states that a stream of events brings, until it breaks off: what that means is what asking for the task will tell.
 *
 * @throws OpenBulkError when the server refuses the stream; the reason of the signal
 */
async function* byEvents(following: Following, position: Position): AsyncGenerator<TaskState> {
  const { signal } = following;
  let last: Task | undefined;
  const silence = new AbortController();
  const giveUp = () => silence.abort();
  let timer = setTimeout(giveUp, FIRST_BYTES);
  const heard = (patience = SILENCE) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
  };
  try {
    const stream = await openStream({ ...following, signal: anyOf(signal, silence.signal) }, position);
    for await (const { id, data } of readEvents(afterEach(chunksOf(stream), () => heard()))) {
      position.version = id;
      const task: Task = JSON.parse(data);
      // One of another kind may come some day.
      if (typeof task.status !== 'string') continue;
      if (isOver(task)) {
        last = task;
        heard(END);
      } else {
        yield task;
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof OpenBulkError && !isPassing(error)) throw error;
  } finally {
    clearTimeout(timer);
    // Leaves no connection behind, whatever ended the loop.
    silence.abort();
  }
  if (last) return yield last;
  // All whose streams a restart ended should not come back at once.
  await sleep(PAUSE * (0.5 + Math.random()), signal);
}

/** @throws OpenBulkError if there is none */
function openStream(following: Following, { version }: Position): Promise<ReadableStream<Uint8Array>> {
  const headers = { accept: 'text/event-stream', ...(version && { 'last-event-id': version }) };
  return call(following.connection, get(following, '/events', headers), async (response) => {
    if (response.status !== 200) throw await errorOf(response);
    const { body } = response;
    if (!body || !response.headers.get('content-type')?.startsWith('text/event-stream')) throw unreadable(response);
    return body;
  });
}

async function* afterEach(chunks: AsyncIterable<Uint8Array>, then: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    then();
    yield chunk;
  }
}

interface Polled {
  /** None when it is as it was. */
  readonly task?: TaskState;
  /** Milliseconds after which to ask again. */
  readonly pause: number;
}

/** Polls the task patiently: waiting for an unavailable server loses nothing. */
async function poll(following: Following, position: Position): Promise<Polled> {
  const { connection, signal } = following;
  const waitAfter = openWaiting({ ...connection, retries: Number.POSITIVE_INFINITY, patience: PATIENCE }, signal);
  for (;;) {
    try {
      return await pollOnce(following, position);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      await waitAfter(error);
    }
  }
}

function pollOnce(following: Following, position: Position): Promise<Polled> {
  const headers = { accept: 'application/json', ...(position.version && { 'if-none-match': `"${position.version}"` }) };
  return call(following.connection, get(following, '', headers), async (response) => {
    const pause = (retryAfterOf(response.headers) ?? PAUSE / 1000) * 1000;
    if (response.status === 304) return { pause };
    const { data } = (await readBody(response)) as { data?: Task };
    if (typeof data?.status !== 'string') throw unreadable(response);
    position.version = /\w+/.exec(response.headers.get('etag')?.replace('W/', '') ?? '')?.[0] ?? '';
    return { task: data, pause };
  });
}

function get({ connection, path, query, signal }: Following, below: string, headers: Record<string, string>): Call {
  return {
    method: 'GET',
    path: path + below + query,
    headers: new Headers(headers),
    signal,
    idempotent: true,
    // Who follows has more patience than one request.
    retries: 0,
    send: connection.fetch,
  };
}
