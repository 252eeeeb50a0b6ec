import { OutOfTimeError } from './request-scope.ts';

/** Who asks has as much at work as it may, and its turn did not come in time. */
export class BusyError extends Error {
  override readonly name = 'BusyError';

  constructor() {
    super('The organization has reached its limit of concurrent requests.');
  }
}

export interface SharesOptions {
  /** How many there are. */
  readonly total: number;
  /** How many one name may hold. */
  readonly each: number;
}

interface Waiting {
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** Who waits beyond this many of the same name is refused at once. */
const MAX_WAITING = 500;

/**
 * Something that there is a number of, shared out among names: each holds at most its share, and those who wait are served name by
 * name, within a name in order. So a client with a thousand requests waits for itself, and others wait for at most one of its turns.
 */
export class Shares {
  readonly #each: number;
  readonly #held = new Map<string, number>();
  /** By name, in the order in which they are served. */
  readonly #waiting = new Map<string, Waiting[]>();
  #free: number;

  constructor({ total, each }: SharesOptions) {
    this.#free = total;
    this.#each = each;
  }

  /**
   * Waits for one of them.
   *
   * @param signal ends the wait; with its reason, or if that is only a timeout, with `BusyError`
   * @returns what gives it back
   */
  async enter(name: string, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (!this.#mayEnter(name) || this.#waiting.has(name)) await this.#wait(name, signal);
    else this.#take(name);
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      this.#giveBack(name);
    };
  }

  #wait(name: string, signal: AbortSignal | undefined): Promise<void> {
    const line = this.#waiting.get(name) ?? [];
    if (line.length >= MAX_WAITING) throw new BusyError();
    this.#waiting.set(name, line);
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        line.splice(line.indexOf(waiting), 1);
        if (line.length === 0 && this.#waiting.get(name) === line) this.#waiting.delete(name);
        waiting.refuse(signal?.reason);
      };
      const waiting: Waiting = {
        enter: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        },
        refuse: (reason) => reject(reason instanceof OutOfTimeError && reason.alive ? new BusyError() : reason),
      };
      line.push(waiting);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #mayEnter(name: string): boolean {
    return this.#free > 0 && (this.#held.get(name) ?? 0) < this.#each;
  }

  #take(name: string): void {
    this.#free -= 1;
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
  }

  #giveBack(name: string): void {
    this.#free += 1;
    const held = (this.#held.get(name) ?? 0) - 1;
    if (held > 0) this.#held.set(name, held);
    else this.#held.delete(name);
    for (const [next, line] of this.#waiting) {
      if (!this.#mayEnter(next)) continue;
      this.#take(next);
      const first = line.shift();
      // To the end of the names.
      this.#waiting.delete(next);
      if (line.length > 0) this.#waiting.set(next, line);
      first?.enter();
      return;
    }
  }
}
