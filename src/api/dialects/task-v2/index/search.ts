import type { z } from 'zod';
import type { Attribute, TaskFilter } from '../../../../service/tasks/search-tasks.ts';
import { invalid } from '../../../errors/failure.ts';
import type { indexBody, indexQuery } from '../schema.ts';
import { attributeOf } from '../vocabulary.ts';
import { FilterError, parseFilter } from './filter.ts';

/** What is searched, and which page of it. */
export interface Search {
  readonly filter: TaskFilter;
  readonly history: boolean;
  readonly sort: Attribute;
  readonly descending: boolean;
  readonly page: number;
  readonly perPage: number;
}

const NEWEST_FIRST = '-created_at';

/**
 * What the body asks, and where it is silent the query string.
 *
 * @throws Refusal `invalid` when the filter cannot be read
 */
export function searchOf(body: z.output<typeof indexBody>, query: z.output<typeof indexQuery>): Search {
  const sort = body?.sort ?? query.sort ?? NEWEST_FIRST;
  return {
    filter: readFilter(body?.filter ?? query.filter),
    history: body?.history ?? body?.historized ?? query.history ?? query.historized ?? false,
    sort: attributeOf(sort.replace(/^-/, '')) as Attribute,
    descending: sort.startsWith('-'),
    page: body?.page ?? query.page ?? 1,
    perPage: body?.['per-page'] ?? query['per-page'] ?? 100,
  };
}

function readFilter(given: unknown): TaskFilter {
  try {
    return parseFilter(given);
  } catch (error) {
    if (error instanceof FilterError) throw invalid('filter', error.message);
    throw error;
  }
}
