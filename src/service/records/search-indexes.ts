import { shipped } from '../../operations/catalogue.ts';
import { searchedOf } from '../../operations/criteria/search.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { addSearchIndex, hasSearchIndex, removeSearchIndex } from '../../store/records/search-index.ts';
import { notFound } from '../platform/service-error.ts';

export { SearchIndexError } from '../../store/records/search-index.ts';

interface Context {
  readonly pool: Pool;
}

/** The names of the resources whose records can be searched, and whether there is an index for it. */
export async function listSearchIndexes({ pool }: Context): Promise<{ resource: string; indexed: boolean }[]> {
  return Promise.all(
    shipped.resources.map(async (resource) => ({
      resource: resource.name,
      indexed: await hasSearchIndex(pool, searchedOf(resource)),
    })),
  );
}

/** Makes the search index of a resource, which takes minutes for millions of records. @throws ServiceError `not_found`; SearchIndexError */
export async function makeSearchIndex({ pool }: Context, resourceName: string): Promise<void> {
  await addSearchIndex(pool, searchedOf(resourceNamed(resourceName)));
}

/** Removes it. @throws ServiceError `not_found` */
export async function dropSearchIndex({ pool }: Context, resourceName: string): Promise<void> {
  await removeSearchIndex(pool, searchedOf(resourceNamed(resourceName)));
}

function resourceNamed(name: string) {
  const resource = shipped.find(name);
  if (!resource) throw notFound();
  return resource;
}
