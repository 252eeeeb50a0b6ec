import { createLocalJWKSet, errors, type FlattenedJWSInput, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';

/** Where the public keys of an issuer come from. Throws when it cannot be reached; bounds its own time. */
export interface KeySource {
  load(): Promise<JSONWebKeySet>;
  /** A flood of made-up `kid`s loads them at most this often, ms; half a minute when not given. */
  readonly reloadInterval?: number;
}

/** The keys are unavailable at the moment. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

type JwkSet = ReturnType<typeof createLocalJWKSet>;
type Key = Awaited<ReturnType<JwkSet>>;

/** Between two loads for unknown `kid`s, ms. */
const RELOAD_INTERVAL = 30_000;
/** While no key was ever had, ms: a blip at the start must not lock everybody out for half a minute. */
const FIRST_LOAD_INTERVAL = 1_000;
/** Keys older than this are fetched again in the background, ms, so that a withdrawn key stops being accepted. */
const MAX_AGE = 600_000;

/** An issuer's keys, loaded when first needed, kept, and loaded again when a token names one that is not among them. */
export class KeyRing {
  readonly #source: KeySource;
  readonly #now: () => number;
  #keys: JwkSet | undefined;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #failure: unknown;
  #loading: Promise<void> | undefined;

  constructor(source: KeySource, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /**
   * The key that a token's header names.
   * @throws errors.JWKSNoMatchingKey when the issuer has no such key
   * @throws KeysUnavailable when that cannot be found out now; keys that are known go on serving
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<Key> {
    const keys = this.#keys ?? (await this.#reload());
    if (this.#now() - this.#loadedAt >= MAX_AGE) this.#reload().catch(() => undefined);
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return await (await this.#reload())(header, token);
    }
  }

  /** Loads the keys if they may be loaded again already, else gives those that are there. */
  async #reload(): Promise<JwkSet> {
    const { reloadInterval = RELOAD_INTERVAL } = this.#source;
    const interval = this.#keys === undefined ? FIRST_LOAD_INTERVAL : reloadInterval;
    if (this.#loading === undefined && this.#now() - this.#attemptedAt >= interval) {
      this.#attemptedAt = this.#now();
      this.#loading = this.#load().finally(() => {
        this.#loading = undefined;
      });
    }
    await this.#loading;
    // Also for those who did not wait: whether the key exists is unknown until a load has gone well.
    if (this.#failure !== undefined || this.#keys === undefined) {
      throw new KeysUnavailable("could not load the issuer's keys", { cause: this.#failure });
    }
    return this.#keys;
  }

  async #load(): Promise<void> {
    try {
      this.#keys = createLocalJWKSet(await this.#source.load());
      this.#loadedAt = this.#now();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }
}
