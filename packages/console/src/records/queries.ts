import { queryOptions } from '@tanstack/react-query';
import { openbulk } from '../client.ts';
import type { Criteria } from '../criteria/criteria.ts';
import type { ListedRecord } from './table/values.ts';
import { sortOf, type View } from './view.ts';

const PAGE_SIZE = 50;

/** A page of a list of records. */
export interface RecordPage {
  readonly items: readonly ListedRecord[];
  /** Of all that are listed, as an export takes it; not there when nothing is filtered out. */
  readonly criteria?: Criteria;
  /** Why a search took long. */
  readonly slow?: { readonly code: 'no_index' | 'short_text' | 'many_records' };
  readonly totalDocs: number;
  readonly page: number;
  readonly totalPages: number;
}

export function recordsQuery(organization: string, resource: string, view: View) {
  const { page = 1, q, criteria } = view;
  const { field, descending } = sortOf(view);
  const query = {
    page,
    limit: PAGE_SIZE,
    sort: `${field}:${descending ? 'desc' : 'asc'}`,
    ...(q !== undefined && { q }),
    ...(criteria !== undefined && { criteria }),
  };
  return queryOptions({
    queryKey: ['records', organization, resource, query],
    queryFn: async ({ signal }) => {
      const path = { organizationId: organization, resource };
      const address = '/v1/organizations/{organizationId}/resources/{resource}/records';
      const { data } = await openbulk.organizations.get(address, { path, query, signal });
      return data as unknown as RecordPage;
    },
    // Until the next page is there, the one before is shown; never that of another list.
    placeholderData: (known, of) =>
      of?.queryKey[1] === organization && of.queryKey[2] === resource ? known : undefined,
  });
}
