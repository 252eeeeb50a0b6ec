import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The environment of a program that is to die, stop or hang at a place of its work. @param spec as `failpoints.ts` reads it */
export function failAt(spec: string): Record<string, string> {
  const failpoints = pathToFileURL(join(import.meta.dirname, 'failpoints.ts'));
  return { NODE_OPTIONS: `--import=${failpoints}`, FAILPOINT: spec };
}
