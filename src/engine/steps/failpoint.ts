/** Named places between the steps of the work at which a crash could leave something half done. */
export type Failpoint =
  | 'after-claim'
  | 'before-hold'
  | 'before-theirs'
  | 'after-theirs'
  | 'before-commit'
  | 'after-commit'
  | 'before-finish'
  | 'after-finish'
  | 'after-historize'
  | 'after-lines'
  | 'after-purge'
  | 'after-remove'
  | 'after-summary';

/** What happens at these places. */
export interface Failpoints {
  reach(place: Failpoint): void;
  /** A chunk with the lines from `first` to `last` is being worked on. */
  reachLines(first: number, last: number): void;
}

/** Where it is looked for. Only tests put something there, in the processes that they start: no setting does. */
export const FAILPOINTS = Symbol.for('openbulk.failpoints');

// Looked up at each call: a test's module loads this one before it sets it.
const failpoints = () => (globalThis as { [FAILPOINTS]?: Failpoints })[FAILPOINTS];

/** Marks a failpoint; does nothing outside of tests. */
export function failpoint(place: Failpoint): void {
  failpoints()?.reach(place);
}

/** Says that a chunk with the lines from `first` to `last` is being worked on. */
export function failpointLines(first: number, last: number): void {
  failpoints()?.reachLines(first, last);
}
