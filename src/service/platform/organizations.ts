import type { Pool } from '../../store/connection/pool.ts';
import {
  findOrganization,
  insertOrganization,
  type Organization,
  listOrganizations as selectOrganizations,
} from '../../store/platform/organizations.ts';
import { newId, parseId } from '../../task/ids.ts';
import { ServiceError } from './service-error.ts';

export type { Organization } from '../../store/platform/organizations.ts';

const SLUG = /^[a-zA-Z0-9-]{3,64}$/;

/** Makes an organization. @throws ServiceError `invalid`; `conflict` when the slug is taken */
export async function createOrganization(
  { pool }: { pool: Pool },
  { slug, name }: { slug: string; name?: string },
): Promise<Organization> {
  if (!SLUG.test(slug) || parseId(slug)) {
    throw new ServiceError(
      'invalid',
      'A slug must be 3 to 64 letters, digits and hyphens, and must not look like an id of 24 hex digits.',
    );
  }
  const organization = { id: newId(), slug, name: name ?? slug };
  if (!(await insertOrganization(pool, organization)))
    throw new ServiceError('conflict', `An organization named ${slug} already exists.`);
  return organization;
}

/** The organization that everyone can start with; made by the first start. */
export async function ensureDemoOrganization({ pool }: { pool: Pool }): Promise<void> {
  await insertOrganization(pool, { id: newId(), slug: 'demo', name: 'Demo' });
}

/** The organization of an id (either spelling) or a slug; `undefined` for anything else. */
export async function resolveOrganization(
  { pool }: { pool: Pool },
  idOrSlug: string,
): Promise<Organization | undefined> {
  const id = parseId(idOrSlug);
  if (id) return findOrganization(pool, { id });
  return SLUG.test(idOrSlug) ? findOrganization(pool, { slug: idOrSlug }) : undefined;
}

/** All organizations, by slug. */
export function listOrganizations({ pool }: { pool: Pool }): Promise<Organization[]> {
  return selectOrganizations(pool);
}

/** Those of these ids (UUIDs) that there are, by slug. */
export function organizationsOf({ pool }: { pool: Pool }, ids: readonly string[]): Promise<Organization[]> {
  return selectOrganizations(pool, ids);
}
