/** Named places between the steps of the work at which a crash could leave something half done. */
export type Failpoint =
  | 'after-claim'
  | 'before-commit'
  | 'after-commit'
  | 'before-finish'
  | 'after-finish'
  | 'after-historize'
  | 'after-lines'
  | 'after-purge'
  | 'after-remove'
  | 'after-summary';

/** Told when these places are passed. */
export interface Saboteur {
  passes(place: Failpoint): void;
  /** A chunk with the lines from `first` to `last` is being worked on. */
  passesLines(first: number, last: number): void;
}

/** Where one is looked for: tests load it into the processes that they start (`test/support/saboteur.ts`). No setting makes one. */
export const SABOTEUR = Symbol.for('openbulk.saboteur');

// Looked for each time: who sets it loads this module before.
const saboteur = () => (globalThis as { [SABOTEUR]?: Saboteur })[SABOTEUR];

export function failpoint(place: Failpoint): void {
  saboteur()?.passes(place);
}

/** Says that a chunk with the lines from `first` to `last` is being worked on. */
export function failpointLines(first: number, last: number): void {
  saboteur()?.passesLines(first, last);
}
