import { shipped } from '../../operations/catalogue.ts';
import type { Resource } from '../../resources/resource.ts';

export { type Catalogue, catalogueOf, shipped } from '../../operations/catalogue.ts';
export type { Resource } from '../../resources/resource.ts';

/** A resource that the program brings. */
export function shippedResource(name: string): Resource {
  const resource = shipped.find(name);
  if (!resource) throw new Error(`The program brings no resource ${name}.`);
  return resource;
}
