import { catalogueOf, findResource } from '../../operations/catalogue.ts';
import type { Resource } from '../../resources/resource.ts';
import { isGone, type Pool } from '../../store/connection/pool.ts';
import {
  countByOrganization,
  declarationsOfOwner,
  type StoredDeclaration,
} from '../../store/resources/declared-resources.ts';
import { maySee, maySeeAll, unseen } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import type { Owner } from './plan-resource.ts';

interface Context {
  readonly pool: Pool;
}

/** Whoever looks for resources of an organization. */
interface Viewer {
  readonly organizationId: string;
  /** Those of the token: they decide which resources there are for it. */
  readonly permissions: ReadonlySet<string>;
}

/** The resources of an organization that somebody can see: those that come with the program, then those that were declared, by name. @throws PermissionError if there is none */
export async function listResources(
  { pool }: Context,
  { organizationId, permissions }: Viewer,
): Promise<readonly Resource[]> {
  const { resources } = await catalogueOf(pool, organizationId);
  const seen = resources.filter((resource) => maySee(permissions, resource));
  if (seen.length === 0) throw unseen();
  return seen;
}

/** The declared resources of an owner, by name. */
export async function listDeclared({ pool }: Context, owner: Owner): Promise<StoredDeclaration[]> {
  return declarationsOfOwner(pool, owner);
}

/** How many resources of its own each organization has, by slug. */
export async function countOwnResources({ pool }: Context): Promise<{ slug: string; resources: number }[]> {
  return countByOrganization(pool);
}

/**
 * A resource of an organization, as it is in force now: another process may just have changed its table.
 *
 * @throws PermissionError of who can see some resources at most, and not this one, whether it is there or not
 * @throws ServiceError `not_found` of who can see all
 */
export async function getResource(
  { pool }: Context,
  { organizationId, permissions }: Viewer,
  name: string,
): Promise<Resource> {
  const resource = await findResource(pool, organizationId, name, 0);
  if (resource && maySee(permissions, resource)) return resource;
  throw maySeeAll(permissions) ? notFound() : unseen();
}

/** Tries to read a resource whose table is changed or removed each time. */
const TRIES = 5;

/**
 * Reads records by the version of a resource that is in force; once more when another process changed or removed its table meanwhile, and
 * again when it was declared anew and removed anew.
 *
 * @throws PermissionError, ServiceError as `getResource`
 */
export async function withResource<T>(
  context: Context,
  viewer: Viewer,
  name: string,
  read: (resource: Resource) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read(await getResource(context, viewer, name));
    } catch (error) {
      if (!isGone(error) || tries === TRIES) throw error;
    }
  }
}
