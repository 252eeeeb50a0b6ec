import type { Pool, Queryable } from '../../store/connection/pool.ts';
import {
  countEntries,
  type IndexPage,
  type IndexQuery,
  listEntryIds,
  readEntries,
  type TaskEntry,
  type Vocabulary,
} from '../../store/lists/task-index.ts';
import { notFound } from '../platform/service-error.ts';
import type { TaskRef } from './task-context.ts';

export type { Attribute, TaskFilter } from '../../store/lists/task-filter.ts';
export type { IndexQuery, TaskEntry, Vocabulary } from '../../store/lists/task-index.ts';
export type { TaskState } from '../../store/tasks/statuses.ts';

interface SearchContext {
  readonly pool: Queryable;
  readonly vocabulary: Vocabulary;
}

/** A page of the tasks that match. */
export interface FoundTasks {
  /** The page that there is for the one that was asked for; of none the first. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  /** Some tasks at a time: each may have a large request and response. */
  entries(): AsyncGenerator<TaskEntry[]>;
}

const TOGETHER = 10;

/** A page of the tasks that match, and how many there are in all. A page beyond the last is the last. */
export async function searchTasks(
  { pool, vocabulary }: SearchContext & { readonly pool: Pool },
  query: IndexQuery & Pick<IndexPage, 'sort' | 'descending'>,
  { page: wanted, perPage }: { readonly page: number; readonly perPage: number },
): Promise<FoundTasks> {
  const { sort, descending, organizationId, history, filter } = query;
  const find = async () => {
    const total = await countEntries(pool, vocabulary, query);
    const pages = Math.ceil(total / perPage);
    const page = Math.max(1, Math.min(wanted, pages));
    const range = { sort, descending, limit: perPage, offset: (page - 1) * perPage };
    return { total, pages, page, ids: total === 0 ? [] : await listEntryIds(pool, vocabulary, query, range) };
  };
  const filtered = !('all' in filter && filter.all.length === 0);
  const { page, pages, total, ids } = await (filtered ? pool.heavily(find) : find());
  return {
    page,
    pages,
    total,
    async *entries() {
      for (let at = 0; at < ids.length; at += TOGETHER) {
        yield await readEntries(pool, vocabulary, { organizationId, history, ids: ids.slice(at, at + TOGETHER) });
      }
    },
  };
}

/**
 * One task in the words of a dialect.
 *
 * @throws ServiceError `not_found`
 */
export async function getEntry(
  { pool, vocabulary }: SearchContext,
  { organizationId, id }: TaskRef,
  { history = false }: { readonly history?: boolean } = {},
): Promise<TaskEntry> {
  const [entry] = await readEntries(pool, vocabulary, { organizationId, history, ids: [id] });
  if (!entry) throw notFound();
  return entry;
}
