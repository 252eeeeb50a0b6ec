import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set in the project `slow`: laws are tried as often as they say. */
    everyRun?: true;
  }
}

/** How often a law is tried against a database: `all` times in the project `slow`, a quarter of that in the others. */
export function runs(all: number): number {
  return inject('everyRun') ? all : Math.ceil(all / 4);
}
