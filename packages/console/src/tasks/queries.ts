import { isOver, type TaskState } from '@openbulk/client';
import { queryOptions } from '@tanstack/react-query';
import { openbulk } from '../client.ts';
import { type Filters, sortOf } from './list/filters.ts';

const PAGE_SIZE = 25;
/** Between two looks at the list, ms: while something on it moves, and while nothing does. */
const LIVELY = 3_000;
const CALM = 5_000;

export function listQuery(organization: string, filters: Filters) {
  const { page = 1, status, errors, action, q } = filters;
  const { field, descending } = sortOf(filters);
  const query = {
    page,
    limit: PAGE_SIZE,
    sort: `${field}:${descending ? 'desc' : 'asc'}`,
    ...(status && { status }),
    ...(errors && { errors: true }),
    ...(action && { action }),
    ...(q && { q: q.trim() }),
    // The list shows numbers alone: with the lines of its tasks it is megabytes.
    lines: false,
  };
  return queryOptions({
    queryKey: ['tasks', organization, query],
    queryFn: async ({ signal }) => {
      const path = { organizationId: organization };
      const { data } = await openbulk.organizations.get('/v1/organizations/{organizationId}/bulk-tasks', {
        path,
        query,
        signal,
      });
      return data;
    },
    // Until the next page is there, the one before is shown; never that of another organization.
    placeholderData: (known, of) => (of?.queryKey[1] === organization ? known : undefined),
    refetchInterval: ({ state }) => (state.data?.items.every(isOver) === false ? LIVELY : CALM),
  });
}

export function taskQuery(organization: string, id: string) {
  return queryOptions({
    queryKey: ['task', organization, id],
    queryFn: async ({ signal }): Promise<TaskState> => {
      const path = { organizationId: organization, bulkTaskId: id };
      const { data } = await openbulk.organizations.get('/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}', {
        path,
        query: { lines: false },
        signal,
      });
      return data;
    },
  });
}
