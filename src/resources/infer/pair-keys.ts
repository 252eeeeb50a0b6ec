import { digestOf, MOST_REMEMBERED } from './guess-column.ts';

/** Two columns, by their places. */
export type Pair = readonly [number, number];

/** Looks whether two columns together tell the rows of a file apart; of several pairs the first that do. */
export class PairFinder {
  #pairs: { readonly pair: Pair; readonly seen: Set<string> }[];

  /** @param pairs the best first */
  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs.map((pair) => ({ pair, seen: new Set() }));
  }

  /** Whether more rows can change what was found. */
  get isOpen(): boolean {
    return this.#pairs.length > 0;
  }

  /** @param cells of a row, without blanks around them */
  add(cells: readonly string[]): void {
    this.#pairs = this.#pairs.filter(({ pair: [one, other], seen }) => {
      const before = seen.size;
      return seen.add(digestOf(`${cells[one] ?? ''}\0${cells[other] ?? ''}`)).size > before;
    });
    // What is remembered has its limit: pairs that are not as good make room.
    while (this.#pairs.length > 0 && this.#remembered > MOST_REMEMBERED) this.#pairs.pop();
  }

  /** Not known of more than two million rows. */
  get found(): Pair | undefined {
    return this.#pairs[0]?.pair;
  }

  get #remembered(): number {
    return this.#pairs.length * (this.#pairs[0]?.seen.size ?? 0);
  }
}
