import type { Turn, TurnAccount, Turns } from '../store/queue/turns.ts';

/** What a turn has at least, ms: setting up a task again and again is work too. */
const LEAST_MILLISECONDS = 200;
/** Between two looks at who waits, ms: while one works, on a connection of its own. */
const LOOK_MILLISECONDS = 200;
/** From the news of a turn until it is looked for, ms: a worker that is idle has taken it by then. */
const NEWS_MILLISECONDS = 20;

/** A turn's share of a worker's time: how long it lasts depends on who else waits. */
export interface Share {
  /** Whether another organization has more right to the worker. */
  over(): boolean;
  /** Whether a task that was worked on for this long must yield: the share is used up, or another task of the organization waits. */
  makesWay(milliseconds: number): boolean;
  /** The way to the database and back, ms, as it was lately. */
  readonly roundTrip: number;
  /** An organization was given a turn. */
  news(): void;
  /** Ends the turn. Without `refund`, the organization has what was put down for the turn taken off. */
  end(how: { readonly refund: boolean }): Promise<void>;
}

export interface ShareContext {
  readonly turns: Turns;
  readonly sliceMilliseconds: number;
  /** Told of a look that failed. */
  readonly onError: (error: Error) => void;
}

/** Begins a turn that was taken just now. */
export function openShare({ turns, sliceMilliseconds: share, onError }: ShareContext, turn: Turn): Share {
  const least = Math.min(LEAST_MILLISECONDS, share);
  const begun = performance.now();
  const elapsed = () => performance.now() - begun;
  /** What is put down for the turn, ms; what it has had of it is told by `elapsed`. */
  let charged = share;
  let seen: TurnAccount | undefined;
  let seenAt = 0;
  let roundTrip = 0;
  let looking: Promise<void> | undefined;
  let hurried: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const start = elapsed();
    const more = start > charged ? Math.ceil((start - charged) / share) * share : 0;
    seen = await turns.look(turn, more);
    charged += more;
    seenAt = elapsed();
    roundTrip = seenAt - start;
  }

  function lookOnce(): void {
    looking ??= look()
      .catch(onError)
      .finally(() => {
        looking = undefined;
      });
  }

  const timer = setInterval(lookOnce, LOOK_MILLISECONDS);

  function over(): boolean {
    const now = elapsed();
    // If the waiting turns cannot be read, the worker continues for one share at most.
    if (now - seenAt > share + 2 * LOOK_MILLISECONDS) return true;
    if (seen?.next === undefined || now < least) return false;
    return seen.used - charged + now >= seen.next + share;
  }

  return {
    over,
    makesWay: (milliseconds) => over() || (milliseconds >= share && seen?.more !== false),
    get roundTrip() {
      return roundTrip;
    },
    news() {
      hurried ??= setTimeout(() => {
        hurried = undefined;
        lookOnce();
      }, NEWS_MILLISECONDS);
    },
    async end({ refund }) {
      clearInterval(timer);
      clearTimeout(hurried);
      await looking;
      const difference = Math.round(elapsed()) - charged;
      await turns.end(turn, refund ? difference : Math.max(0, difference));
    },
  };
}
