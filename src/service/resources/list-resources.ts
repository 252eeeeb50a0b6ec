import { catalogueOf, findResource } from '../../operations/catalogue.ts';
import type { Resource } from '../../resources/resource.ts';
import { isGone, type Pool } from '../../store/connection/pool.ts';
import {
  countByOrganization,
  declarationsOfOwner,
  type StoredDeclaration,
} from '../../store/resources/declared-resources.ts';
import { notFound } from '../platform/service-error.ts';
import type { Owner } from './plan-resource.ts';

interface Context {
  readonly pool: Pool;
}

/** The resources of an organization: those that come with the program, then those that were declared, by name. */
export async function listResources({ pool }: Context, organizationId: string): Promise<readonly Resource[]> {
  return (await catalogueOf(pool, organizationId)).resources;
}

/** The declared resources of an owner, by name. */
export async function listDeclared({ pool }: Context, owner: Owner): Promise<StoredDeclaration[]> {
  return declarationsOfOwner(pool, owner);
}

/** How many resources of its own each organization has, by slug. */
export async function countOwnResources({ pool }: Context): Promise<{ slug: string; resources: number }[]> {
  return countByOrganization(pool);
}

/** A resource of an organization, as it is in force now: another process may just have changed its table. @throws ServiceError `not_found` */
export async function getResource({ pool }: Context, organizationId: string, name: string): Promise<Resource> {
  const resource = await findResource(pool, organizationId, name, 0);
  if (!resource) throw notFound();
  return resource;
}

/** Tries to read a resource whose table is changed or removed each time. */
const TRIES = 5;

/**
 * Reads records by the version of a resource that is in force; once more when another process changed or removed its table meanwhile, and
 * again when it was declared anew and removed anew.
 *
 * @throws ServiceError `not_found`
 */
export async function withResource<T>(
  context: Context,
  organizationId: string,
  name: string,
  read: (resource: Resource) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read(await getResource(context, organizationId, name));
    } catch (error) {
      if (!isGone(error) || tries === TRIES) throw error;
    }
  }
}
