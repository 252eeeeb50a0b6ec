import { LAST_STATEMENT_SECONDS, STATEMENT_SECONDS } from '../../store/ledger/chunks.ts';

/** Target duration of a step, ms: a waiting organization waits until the current step ends. */
const AIM_MILLISECONDS = 500;
/** Ways to the database and back in a step, which are not fewer for fewer records. */
const ROUND_TRIPS = 10;
/** A step that took too long restarts with a tenth of its records: how long it would have taken is unknown. */
const CUT = 10;
/** Steps in a row that must be quick before they grow again, once one took too long; and steps between two tries to make them smaller. */
const PATIENCE = 16;
/** What a step of half as many records must take, or less, of the time of the one before: else it is not the records that take it. */
const HELPS = 0.75;

/** How many records the steps of a task have: as many as are done in half a second. */
export class Pace {
  readonly #full: number;
  #records: number;
  #quick = 0;
  #patience: number;
  /** The step for whose time they were made smaller. */
  #slow: { readonly records: number; readonly milliseconds: number } | undefined;
  /** Steps until they may be made smaller again. */
  #resigned = 0;

  /**
   * @param full records in a step at most
   * @param known as many as were found to be enough by an earlier slice
   */
  constructor(full: number, known: number | undefined) {
    this.#full = full;
    this.#records = Math.min(known ?? full, full);
    this.#patience = known === undefined ? 1 : PATIENCE;
  }

  /** Of the next step. */
  get records(): number {
    return this.#records;
  }

  /** What the next slice should know; null: nothing. */
  get known(): number | null {
    return this.#records < this.#full ? this.#records : null;
  }

  /** Whether no step was found to be too large. */
  get isFull(): boolean {
    return this.#records === this.#full && this.#full > 1;
  }

  /** That each of a step's statements may take; longer where there is nothing left to cut. */
  get seconds(): number {
    return this.#records === 1 ? LAST_STATEMENT_SECONDS : STATEMENT_SECONDS;
  }

  /**
   * Reports the duration of a step. If smaller steps take as long, they grow again: the time that a busy disk or a distant database takes for each step
   * would else make them smaller and smaller.
   */
  took(milliseconds: number, roundTrip: number): void {
    const aim = AIM_MILLISECONDS + ROUND_TRIPS * roundTrip;
    this.#resigned = Math.max(0, this.#resigned - 1);
    if (this.#slow && milliseconds > this.#slow.milliseconds * HELPS) {
      this.#set(this.#slow.records);
      this.#resigned = PATIENCE;
    }
    this.#slow = undefined;
    if (milliseconds > aim && this.#resigned === 0) {
      this.#slow = { records: this.#records, milliseconds };
      this.#set(this.#records * Math.max(Math.min(aim / milliseconds, 1 / 2), 1 / CUT));
    }
    this.#quick = milliseconds < aim / 2 ? this.#quick + 1 : 0;
    if (this.#quick < this.#patience) return;
    this.#set(this.#records * 2);
    if (this.#records === this.#full) this.#patience = 1;
  }

  /**
   * Reports that a step of this many records took too long and was rolled back.
   *
   * @param fits records that would not, where that is known
   */
  cut(records: number, fits = records / CUT): void {
    this.#set(Math.min(fits, records - 1));
    this.#slow = undefined;
    this.#patience = PATIENCE;
  }

  #set(records: number): void {
    this.#records = Math.min(this.#full, Math.max(1, Math.floor(records)));
    this.#quick = 0;
  }
}
