import { type Compiled, compileCriteria } from '../operations/criteria/compile.ts';
import type { Criteria } from '../operations/criteria/criteria.ts';
import { parseCriteria } from '../operations/criteria/parse.ts';
import { compileSearch, searchCriteria } from '../operations/criteria/search.ts';
import { toRecordObject } from '../resources/record-object.ts';
import { findResource } from '../resources/registry.ts';
import type { Resource } from '../resources/resource.ts';
import type { Pool } from '../store/pool.ts';
import { RECORD_SET } from '../store/record-pages.ts';
import { type RecordQuery, listRecords as selectRecords } from '../store/records.ts';
import { notFound, ServiceError } from './service-error.ts';

export type { RecordQuery } from '../store/records.ts';

/** Which records of a resource are meant. */
export interface RecordFilter {
  /** In one of the columns of text. */
  readonly text?: string;
  /** An object, or its JSON. */
  readonly criteria?: unknown;
}

/**
 * A page of an organization's records of a resource, as nested objects, and how many there are in all; with the criteria that
 * has an export write all of them, where some are filtered.
 *
 * @throws ServiceError `not_found`, `invalid`
 */
export async function listRecords(
  { pool }: { pool: Pool },
  resourceName: string,
  query: Omit<RecordQuery, 'condition'>,
  filter: RecordFilter = {},
): Promise<{ records: Record<string, unknown>[]; total: number; criteria?: Criteria }> {
  const resource = findResource(resourceName);
  if (!resource) throw notFound();
  const { criteria, condition } = readFilter(resource, filter);
  const { records, total } = await selectRecords(pool, resource, { ...query, ...(condition && { condition }) });
  return { records: records.map((record) => toRecordObject(resource, record)), total, ...(criteria && { criteria }) };
}

/** What an export takes, and what the list is selected by; both mean the same records. */
function readFilter(resource: Resource, { text, criteria }: RecordFilter) {
  const all: Criteria[] = [];
  const conditions: Compiled[] = [];
  let { firstParameter } = RECORD_SET;
  if (criteria !== undefined) {
    const parsed = parseCriteria(resource, criteria);
    if ('problems' in parsed) throw new ServiceError('invalid', 'The criteria is not valid.', parsed.problems);
    const condition = compileCriteria(resource, parsed.criteria, RECORD_SET);
    firstParameter += condition.values.length;
    all.push(parsed.criteria);
    conditions.push(condition);
  }
  if (text) {
    all.push(searchCriteria(resource, text));
    conditions.push(compileSearch(resource, text, { ...RECORD_SET, firstParameter }));
  }
  if (conditions.length === 0) return {};
  return {
    criteria: all.length === 1 ? all[0] : { all },
    condition: {
      sql: conditions.map(({ sql }) => sql).join(' and '),
      values: conditions.flatMap(({ values }) => values),
    },
  };
}
