import { readFileSync } from 'node:fs';
import { compileResource } from './compile.ts';
import { parseDeclaration } from './declaration/parse.ts';
import type { Resource } from './resource.ts';

/** Declarations that come with the program, in the order in which they are listed. */
const SHIPPED = ['inventory-items', 'mdm-users', 'devices', 'identities'];

/** The resources that come with the program: those of the published pages. */
export const shippedResources: readonly Resource[] = SHIPPED.map(loadShipped);

/** The resource of that name that comes with the program. @throws Error when there is none */
export function shippedResource(name: string): Resource {
  const resource = shippedResources.find((shipped) => shipped.name === name);
  if (!resource) throw new Error(`No resource ${name} comes with the program.`);
  return resource;
}

function loadShipped(name: string): Resource {
  const file = `${name}.json`;
  const parsed = parseDeclaration(readFileSync(new URL(`shipped/${file}`, import.meta.url), 'utf8'), file);
  if ('declaration' in parsed) return compileResource(parsed.declaration);
  const [problem] = parsed.problems;
  throw new Error(`shipped/${file}${problem?.pointer}: ${problem?.message} ${problem?.advice}`);
}
