import { isLocked, isTimeout, type Pool, type Transaction, withinTime } from '../store/connection/pool.ts';

/** A statement that looks at records is to take, ms: several of them, or one that changes what it finds, make a step. */
const AIM_MILLISECONDS = 250;
/** What it may take, and one that looks at a single record, ms. */
const LIMIT_MILLISECONDS = 2_000;
const LAST_LIMIT_MILLISECONDS = 10_000;
const MOST_RECORDS = 200_000;
/** After a statement that took too long: nobody knows how long it would have taken. */
const CUT = 10;

/**
 * How many records a statement looks at for those that match a criteria, whether any does or not: as many as it gets done in a quarter of
 * a second. A criteria may be dear, and match nothing: how many are found says nothing about the time that it takes.
 */
export class Reach {
  #records: number;
  /** As few as it comes down to for the time that a statement took, which is also that of the way to the database. */
  #least: number;

  constructor(first: number) {
    this.#records = first;
    this.#least = first;
  }

  /** Looked at by the next statement. */
  get records(): number {
    return this.#records;
  }

  /** A statement took so long. */
  took(milliseconds: number): void {
    if (milliseconds < AIM_MILLISECONDS / 2) this.#set(this.#records * 2);
    else if (milliseconds > AIM_MILLISECONDS)
      this.#set(Math.max(Math.min(this.#least, this.#records), (this.#records * AIM_MILLISECONDS) / milliseconds));
  }

  /** A statement found all that it may give: it need not look at more than so many records. */
  isEnough(records: number): void {
    this.#set(Math.min(records, this.#records));
  }

  /** A statement took longer than it may. @returns whether a smaller one is left to try */
  cut(): boolean {
    if (this.#records === 1) return false;
    this.#set(this.#records / CUT);
    this.#least = Math.min(this.#least, this.#records);
    return true;
  }

  #set(records: number): void {
    this.#records = Math.min(MOST_RECORDS, Math.max(1, Math.floor(records)));
  }
}

/**
 * Runs a statement that looks at as many records as are within reach, and one that looks at fewer where it takes too long.
 *
 * @throws a time-out when even one record is too many
 */
export async function lookInTime<T>(
  pool: Pool,
  reach: Reach,
  look: (tx: Transaction, records: number) => Promise<T>,
): Promise<T> {
  for (;;) {
    const { records } = reach;
    const begun = performance.now();
    try {
      const limit = records === 1 ? LAST_LIMIT_MILLISECONDS : LIMIT_MILLISECONDS;
      return await withinTime(pool, limit, async (tx) => {
        const there = performance.now();
        const found = await look(tx, records);
        // As long as it took to begin, it is on its way.
        reach.took(performance.now() - there - (there - begun));
        return found;
      });
    } catch (error) {
      if (!isTimeout(error) || isLocked(error) || !reach.cut()) throw error;
    }
  }
}
