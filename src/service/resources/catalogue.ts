export { type Catalogue, catalogueOf, shipped } from '../../operations/catalogue.ts';
export type { Resource } from '../../resources/resource.ts';
export { shippedResource } from '../../resources/shipped.ts';
