interface Entry<Value> {
  readonly value: Value;
  readonly until: number;
}

/**
 * What was found out a moment ago, each for its time. Bounded: the first in is the first out; since no entry lives long, a
 * cleverer order would gain nothing.
 */
export class ExpiringCache<Value> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @param now ms since 1970 */
  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || now < entry.until) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param until ms since 1970, from which on the entry counts no more */
  set(key: string, value: Value, until: number): void {
    // Deleted first, so that it goes to the end of the line.
    this.#entries.delete(key);
    if (this.#entries.size >= this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, { value, until });
  }
}
