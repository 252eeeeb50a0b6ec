import { readFileSync } from 'node:fs';
import { compileResource } from './compile.ts';
import { parseDeclaration } from './declaration/parse.ts';
import type { Resource } from './resource.ts';

/** Declarations that come with the program, in the order in which they are listed. */
const SHIPPED = ['inventory-items', 'mdm-users', 'devices', 'identities'];

/** Every resource there is. */
export const resources: readonly Resource[] = SHIPPED.map(loadShipped);

/** The resource of that name. */
export function findResource(name: string): Resource | undefined {
  return resources.find((resource) => resource.name === name);
}

function loadShipped(name: string): Resource {
  const file = `${name}.json`;
  const parsed = parseDeclaration(readFileSync(new URL(`../../resources/${file}`, import.meta.url), 'utf8'), file);
  if ('declaration' in parsed) return compileResource(parsed.declaration);
  const [problem] = parsed.problems;
  throw new Error(`resources/${file}${problem?.pointer}: ${problem?.message} ${problem?.advice}`);
}
