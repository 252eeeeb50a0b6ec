import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext } from '../../task/trace-context.ts';

/**
 * What a request may wait for the database, all its statements together, until it is asked whether it is there at all, ms: with that, and
 * what else a request does, it is answered within 5 s. Of an
 * answer that is sent as it is made, each piece.
 */
const PATIENCE = 2_500;
/** What is known to be much work may take this long as long as the database answers others, ms. */
const HEAVY_PATIENCE = 20_000;
/** Between two looks whether it does, ms. */
const LOOK_AGAIN = 1_000;

/** A request waited for the database for as long as it may. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
  /** Like a connection on which nothing comes back: what was asked may have been done all the same. */
  readonly code = 'ETIMEDOUT';
  /** Whether the database answered others meanwhile. */
  readonly alive: boolean;

  constructor(alive: boolean) {
    super(alive ? 'The statement took too long.' : 'The database does not respond.');
    this.alive = alive;
  }
}

/** Nobody waits for the answer any more. */
export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';
  readonly code = 'ECONNABORTED';

  constructor() {
    super('The client disconnected.');
  }
}

const scopes = new AsyncLocalStorage<RequestScope>();

/**
 * A request, as the database's connections know it: its organization, its remaining patience, and whether its client still waits. It goes
 * with the asynchronous calls that are made for the request, since what must never be forgotten in any statement had better not be a
 * parameter of each.
 */
export class RequestScope {
  /** The organization whose share of the connections it uses; none until that is known. */
  organizationId: string | undefined;
  /** Its place in a trace, from which the tasks that it makes go on; none where no traces are kept. */
  traceContext: TraceContext | undefined;
  readonly #ending = new AbortController();
  readonly #outOfTime = new AbortController();
  #left = PATIENCE;
  #heavyUntil = 0;
  /** Connections that it holds or waits for. */
  #waits = 0;
  /** When it began or ended to wait, by `performance.now()`. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #isAlive: () => Promise<boolean> = async () => false;

  /** That of the calls at hand; none outside requests. */
  static current(): RequestScope | undefined {
    return scopes.getStore();
  }

  run<T>(work: () => T): T {
    return scopes.run(this, work);
  }

  /** Aborts with the reason for which nothing is waited for any more: `OutOfTimeError`, `ClientLeftError`. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** As `signal`, but not when the client leaves: for what other requests wait for as well. */
  get outOfTime(): AbortSignal {
    return this.#outOfTime.signal;
  }

  /** What runs for it is cancelled. */
  leave(): void {
    this.#ending.abort(new ClientLeftError());
  }

  /** It got on: it may wait as long again. */
  renew(): void {
    this.#left = PATIENCE;
    if (this.#waits === 0) return;
    this.#since = performance.now();
    this.#lookIn(PATIENCE);
  }

  /** What follows is known to be much work. */
  expectHeavy(): void {
    this.#heavyUntil ||= performance.now() + HEAVY_PATIENCE;
  }

  /**
   * Its patience runs from now until what is returned is called.
   *
   * @param isAlive whether the database answers others; for a second at most
   */
  wait(isAlive: () => Promise<boolean>): () => void {
    this.#waits += 1;
    if (this.#waits === 1) {
      this.#isAlive = isAlive;
      const now = performance.now();
      // While a body comes for an hour, what is asked now and then does not add up.
      this.#left = Math.min(PATIENCE, this.#left + now - this.#since);
      this.#since = now;
      this.#lookIn(this.#left);
    }
    return () => {
      this.#waits -= 1;
      if (this.#waits > 0) return;
      clearTimeout(this.#timer);
      const now = performance.now();
      this.#left = Math.max(0, this.#left - (now - this.#since));
      this.#since = now;
    };
  }

  async #look(): Promise<void> {
    const since = this.#since;
    const alive = await this.#isAlive();
    if (this.#waits === 0 || this.#since !== since) return;
    if (alive && performance.now() < this.#heavyUntil) this.#lookIn(LOOK_AGAIN);
    else this.#giveUp(new OutOfTimeError(alive));
  }

  #giveUp(reason: OutOfTimeError): void {
    this.#outOfTime.abort(reason);
    this.#ending.abort(reason);
  }

  #lookIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
  }
}

/**
 * An iteration whose pieces each run in the request's scope, whoever reads them, and with the full patience: an upload
 * or a report may last for hours, but not wait for a database that does not answer.
 */
export function inScope<T>(items: AsyncIterable<T>): AsyncIterable<T>;
export function inScope<T>(items: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> | Iterable<T>;
export function inScope<T>(items: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> | Iterable<T> {
  const scope = RequestScope.current();
  return scope ? eachIn(scope, items) : items;
}

async function* eachIn<T>(scope: RequestScope, items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let done = false;
  try {
    for (;;) {
      scope.renew();
      const next = await scope.run(() => iterator.next());
      if (next.done) {
        done = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!done) await scope.run(() => iterator.return?.());
  }
}
