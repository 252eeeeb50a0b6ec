import type { OwnersTable, Resource } from '../resources/resource.ts';
import type { Pool } from '../store/connection/pool.ts';
import { type Elsewhere, NOWHERE } from '../store/elsewhere/databases.ts';
import { findOrganization } from '../store/platform/organizations.ts';

/** Where the records of a resource are, for one organization. */
export interface RecordsPlace {
  /** As it is to be read there. */
  readonly resource: Resource;
  /** Reads them. @throws AwayError when their database cannot be reached */
  readonly read: <T>(work: (db: Pool) => Promise<T>) => Promise<T>;
}

/** @throws UnknownConnectionError when this process does not know the database */
export async function recordsPlace(
  { pool, elsewhere = NOWHERE }: { readonly pool: Pool; readonly elsewhere?: Elsewhere | undefined },
  resource: Resource,
  organizationId: string,
): Promise<RecordsPlace> {
  const { adopted } = resource;
  if (adopted?.connection === undefined) return { resource, read: (work) => work(pool) };
  const database = elsewhere.get(adopted.connection);
  const read: RecordsPlace['read'] = (work) => database.read(work);
  const { organization, references } = adopted;
  if (!organization && references.every(({ to }) => !to?.organization)) return { resource, read };
  // Organizations are not known there.
  const found = await findOrganization(pool, { id: organizationId });
  if (!found) throw new Error('The organization is not there any more.');
  const known = <T extends { readonly organization?: OwnersTable['organization'] }>(table: T): T =>
    table.organization ? { ...table, organization: { ...table.organization, slug: found.slug } } : table;
  const itsOwn = {
    ...known(adopted),
    references: references.map((reference) => (reference.to ? { ...reference, to: known(reference.to) } : reference)),
  };
  return { resource: { ...resource, adopted: itsOwn }, read };
}
