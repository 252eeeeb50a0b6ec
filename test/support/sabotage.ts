import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The environment of a program that is to die, stop or hang at a place of its work. @param spec as `saboteur.ts` reads it */
export function sabotage(spec: string): Record<string, string> {
  const saboteur = pathToFileURL(join(import.meta.dirname, 'saboteur.ts'));
  return { NODE_OPTIONS: `--import=${saboteur}`, SABOTAGE: spec };
}
