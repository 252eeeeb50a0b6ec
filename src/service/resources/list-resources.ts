import { catalogueOf, findResource } from '../../operations/catalogue.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { type Permission, permissionOf } from '../../task/permissions.ts';
import { declarationsOfOwner, type StoredDeclaration } from '../../store/resources/declared-resources.ts';
import { notFound } from '../platform/service-error.ts';
import { shipped } from './catalogue.ts';
import type { Owner } from './plan-resource.ts';

/** The resources of an organization: those that the program brings, then those that were declared, by name. */
export async function listResources({ pool }: { readonly pool: Pool }, organizationId: string): Promise<readonly Resource[]> {
  return (await catalogueOf(pool, organizationId)).resources;
}

/** The declared resources of an owner, by name. */
export async function listDeclared({ pool }: { readonly pool: Pool }, owner: Owner): Promise<StoredDeclaration[]> {
  return declarationsOfOwner(pool, owner);
}

/** A resource of an organization. @throws ServiceError `not_found` */
export async function getResource(
  { pool }: { readonly pool: Pool },
  organizationId: string,
  name: string,
): Promise<Resource> {
  const resource = await findResource(pool, organizationId, name);
  if (!resource) throw notFound();
  return resource;
}

/** What it takes to list the records of a resource of that name, whether there is one or not. */
export function listPermission(name: string): Permission {
  return shipped.find(name)?.readBy ?? permissionOf(name, 'list');
}
