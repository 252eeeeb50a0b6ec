import { OpenBulkError } from '@openbulk/client';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { openbulk } from '../client.ts';
import { allows, useSession } from '../session.ts';
import type { Declaration } from './declaration.ts';
import { parseJson } from './exact-json.ts';

/** What of a resource is in every list: all but its fields. */
export type Summary = Awaited<ReturnType<typeof loadSummaries>>[number];

/** A resource with its declaration. */
export type Served = Summary & { readonly declaration: Declaration };

/** For how long what is known of resources is taken as it is, ms: they change rarely, and here by hand. */
const FRESH = 30_000;

function summariesQuery(organization: string) {
  return queryOptions({
    queryKey: ['resources', organization] as const,
    queryFn: ({ signal }) => loadSummaries(organization, signal),
    staleTime: FRESH,
  });
}

async function loadSummaries(organization: string, signal: AbortSignal) {
  const path = { organizationId: organization };
  try {
    const { data } = await openbulk.organizations.get('/v1/organizations/{organizationId}/resources', { path, signal });
    return data.items;
  } catch (error) {
    // Who has a permission for none of them sees none, and has the pages that need none.
    if (error instanceof OpenBulkError && error.code === 'forbidden') return [];
    throw error;
  }
}

export function resourceQuery(organization: string, name: string) {
  return queryOptions({
    queryKey: ['resource', organization, name] as const,
    queryFn: async ({ signal }): Promise<Served> => {
      const path = { organizationId: organization, resource: name };
      const address = '/v1/organizations/{organizationId}/resources/{resource}';
      return dataIn<Served>(await openbulk.organizations.response('get', address, { path, signal }));
    },
    staleTime: FRESH,
  });
}

/** What an answer with a declaration says, whose numbers are as they are written: a bound may have more digits than JavaScript keeps. */
export async function dataIn<T>(answer: Response): Promise<T> {
  const { data } = parseJson(await answer.text()) as { data: T };
  return data;
}

/** Loads the resources of an organization that the signed-in person can see: those for which they have a permission, or all. */
export function useSummariesQuery(organization: string) {
  return useQuery(summariesQuery(organization));
}

const NONE: readonly Summary[] = [];

/** The resources of the organization of this page that the signed-in person can see. `InOrganization` has loaded them. */
export function useSummaries(): readonly Summary[] {
  const { organization = '' } = useParams({ strict: false });
  return useQuery({ ...summariesQuery(organization), enabled: false }).data ?? NONE;
}

/** Those whose records the signed-in person can see. */
export function useReadable(): readonly Summary[] {
  const { permissions } = useSession();
  return useSummaries().filter(({ permissions: { list } }) => allows(permissions, list));
}

/** Those into which the signed-in person can import files. */
export function useImportable(): readonly Summary[] {
  const { permissions } = useSession();
  return useSummaries().filter(
    ({ operations, permissions: { import: own } }) =>
      operations.includes('import') && (own === undefined || allows(permissions, own)),
  );
}
