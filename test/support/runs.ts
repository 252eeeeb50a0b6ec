import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set in the project `slow`: laws are tried as often as they say, and processes killed at every place. */
    everyRun?: true;
  }
}

/** How often a law is tried against a database: `all` times in the project `slow`, a tenth of that in the others. */
export function runs(all: number): number {
  return inject('everyRun') ? all : Math.ceil(all / 10);
}

/** Of the places at which a process is to die, all in the project `slow`, and every tenth in the others. */
export function places<T>(all: readonly T[]): readonly T[] {
  return inject('everyRun') ? all : all.filter((_, index) => index % 10 === 0);
}
