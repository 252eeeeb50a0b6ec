import type { Transaction } from '../store/connection/pool.ts';
import type { OtherDatabase } from '../store/elsewhere/databases.ts';
import type { ChunkRecord } from '../store/ledger/chunks.ts';
import type { PlanRecord } from '../store/queue/task-work.ts';
import type { LineError } from '../task/line-reasons.ts';
import type { TaskCursor } from '../task/task.ts';

/** A task's work, opened at its cursor: what a slice takes step by step. */
export interface Work {
  /** What was found out when it was opened for the first time, to be kept with the task. */
  readonly plan?: PlanRecord;
  /** Where the step that `next` gives starts. */
  readonly cursor: TaskCursor;
  /** The next step, of at most `size` records; whatever of it needs no transaction is done already. */
  next(size: number): Promise<Step>;
  /**
   * Begins to prepare the step after the last that `next` gave, if there is one, so that it is there when it is asked for. Only where
   * steps do not depend on what became of those before: a step may be applied before it is known whether the one before was committed.
   */
  readAhead?(size: number): void;
  /** Waits until nothing is being prepared: what a record does to this process must happen while its task is held. */
  rest?(): Promise<void>;
  close(): Promise<void>;
}

/** A step that turns out to be too large before it has done anything: it is rolled back, cut and restarted. */
export class StepTooLargeError extends Error {
  override readonly name = 'StepTooLargeError';
  /** How many of its first records would not be. */
  readonly fits: number;

  constructor(fits: number) {
    super(`At most ${fits} of the step's records can be processed at once.`);
    this.fits = fits;
  }
}

/** What one chunk's transaction does. */
export interface Step {
  /** The lines it is about, where it is about lines of an input and has any. */
  readonly lines?: { readonly first: number; readonly last: number };
  /**
   * Makes the effect, in the transaction that will record it, or sends what makes it; done anew when that one meets another's.
   *
   * @param busy called once the database has something to do, which is the time to read ahead
   * @param there of a step elsewhere: the transaction that makes the effect; then there is none on `tx` yet
   */
  apply(tx: Transaction, busy: () => void, there?: Transaction): Promise<StepResult>;
  /** Where the effect is to be made, if not in OpenBulk's database. */
  readonly elsewhere?: StepElsewhere;
  /** No other chunk is under way at the same time. */
  readonly alone?: true;
  /**
   * What takes long before `apply` and needs no database, such as to put a large file together: done beside the worker's turns.
   *
   * @throws what `stop` is aborted with
   */
  prepare?(stop: AbortSignal): Promise<void>;
  /** Records that it is about, where that is known and may be fewer than were asked for. */
  readonly records?: number;
  /** What to record of a step with one record that cannot be done, and why; not given: then the task cannot be done. */
  refused?(why: LineError): StepResult;
}

/** A step whose effect is in another database. */
export interface StepElsewhere {
  readonly database: OtherDatabase;
  /** OpenBulk's database, as its markers name it there. */
  readonly engine: string;
}

/** What became of a step: the evidence that is recorded beside its effect. */
export interface StepResult extends Omit<ChunkRecord, 'chunk'> {
  /** Records that are behind, where those are not the ones that got an outcome: rows of an export, candidates of an action. */
  readonly rows?: number;
}
