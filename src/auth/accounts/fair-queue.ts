/** So many wait already that it would take too long. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
  constructor() {
    super('too many requests are waiting');
  }
}

export interface FairQueueOptions {
  /** Done at a time. */
  readonly atOnce: number;
  /** Waiting at a time, all together. */
  readonly waiting: number;
}

export interface FairQueue {
  /**
   * Runs something when it is the caller's turn. Turns rotate among those who wait: one who asks for a hundred things delays
   * another by one.
   *
   * @param gone whether the caller no longer waits; then it is not run
   * @throws QueueFullError at once; or later, when there is no room and this is the last thing of who waits for most
   */
  run<T>(who: string, work: () => Promise<T>, gone?: () => boolean): Promise<T>;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
  readonly gone: () => boolean;
}

/** A queue in this process. */
export function createFairQueue({ atOnce, waiting: most }: FairQueueOptions): FairQueue {
  /** In the order of their turns. None is empty. */
  const lines = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  function next(): Waiting | undefined {
    for (const [who, line] of lines) {
      const first = line.shift();
      waiting -= 1;
      // To the end of the queue.
      lines.delete(who);
      if (line.length > 0) lines.set(who, line);
      if (first?.gone()) first.refuse(new QueueFullError());
      else return first;
    }
    return undefined;
  }

  function advance(): void {
    while (running < atOnce) {
      const first = next();
      if (!first) return;
      running += 1;
      first.start();
    }
  }

  /** Makes room at the cost of who takes most of it. */
  function add(who: string, one: Waiting): void {
    const line = lines.get(who) ?? [];
    line.push(one);
    lines.set(who, line);
    waiting += 1;
    if (waiting <= most) return;
    const longest = [...lines.values()].reduce((a, b) => (b.length > a.length ? b : a), line);
    waiting -= 1;
    longest.pop()?.refuse(new QueueFullError());
    if (line.length === 0) lines.delete(who);
  }

  return {
    async run(who, work, gone = () => false) {
      await new Promise<void>((start, refuse) => {
        add(who, { start, refuse, gone });
        advance();
      });
      try {
        return await work();
      } finally {
        running -= 1;
        advance();
      }
    },
  };
}
