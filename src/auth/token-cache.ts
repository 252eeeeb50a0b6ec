import type { Principal } from './principal.ts';

interface Entry {
  readonly principal: Principal;
  readonly until: number;
}

/**
 * The principals of tokens verified a moment ago, by the hash of the token, so that no credentials are kept. Bounded: the
 * first in is the first out; since no entry lives long, a cleverer order would gain nothing.
 */
export class TokenCache {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(digest: string, now: number): Principal | undefined {
    const entry = this.#entries.get(digest);
    if (entry === undefined || now < entry.until) return entry?.principal;
    this.#entries.delete(digest);
    return undefined;
  }

  /** @param until ms since 1970, from which on the entry counts no more */
  set(digest: string, principal: Principal, until: number): void {
    // Deleted first, so that it goes to the end of the line.
    this.#entries.delete(digest);
    if (this.#entries.size >= this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(digest, { principal, until });
  }
}
