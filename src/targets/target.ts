import type { Transaction } from '../store/connection/pool.ts';
import type { LineFault } from './adopted/write/faults.ts';
import type { CopyRows } from './copy-rows.ts';

/** What became of a line. */
export type Became = 'inserted' | 'updated' | 'deleted' | 'skipped' | SkipReason | 'errored';

/**
 * Why a line changed nothing and is not wrong: its record says the same already; it is there, and is to be left as it is; or a trigger said
 * that nothing is to be done.
 */
export type SkipReason = 'unchanged' | 'exists' | 'suppressed';

/** What became of the lines of a chunk. */
export interface Written {
  /** At each line's index. */
  readonly outcomes: readonly Became[];
  /** In the order of the lines: one for each that is errored. */
  readonly faults: readonly LineFault[];
}

/**
 * Where records live, as an import sees it: for the time of one slice, since it learns from each chunk how the next is written best.
 *
 * The transaction is of the database where the records are. That is the engine's own, or another one: nothing that a target does needs
 * the engine's tables.
 */
export interface Target {
  /** For the lines of a chunk: they come to `write` as this class has them. */
  rows(): CopyRows;
  /**
   * Writes lines as if one after the other, each with a savepoint of its own.
   *
   * @param tx begun; what was sent on it before is done
   * @param busy called once the lines are on their way
   * @returns an outcome for each line; a line that the database refuses is errored, and costs no other
   * @throws what no line is at fault for: another transaction (`isConflict`), a lock or a statement that took too long (`isTimeout`), an
   *   outage (`isOutage`); then the transaction is to be rolled back
   */
  write(tx: Transaction, lines: CopyRows, busy?: () => void): Promise<Written>;
}
