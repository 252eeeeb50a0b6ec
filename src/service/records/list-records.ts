import { compileCriteria } from '../../operations/criteria/compile.ts';
import { acceptCriteria } from '../../operations/criteria/cost.ts';
import type { Criteria } from '../../operations/criteria/criteria.ts';
import { compileSearch, searchCriteria, searchedOf } from '../../operations/criteria/search.ts';
import { type RecordsPlace, recordsPlace } from '../../operations/records-place.ts';
import { type StoredRecord, toRecordObject } from '../../resources/record-object.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { join, type Sql } from '../../store/connection/sql.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import { RECORD_ALIAS } from '../../store/records/record-source.ts';
import { listRecordIds, type RecordQuery, recordsInPieces } from '../../store/records/records.ts';
import { hasSearchIndex, INDEXED_LENGTH } from '../../store/records/search-index.ts';
import { ServiceError } from '../platform/service-error.ts';

export type { RecordQuery } from '../../store/records/records.ts';

/** Which records of a resource are meant. */
export interface RecordFilter {
  /** In one of the columns of text. */
  readonly text?: string;
  /** An object, or its JSON. */
  readonly criteria?: unknown;
}

/** Milliseconds after which a search is said to be slow, and why. */
const SLOW_SEARCH = 200;

/** Why a search took long, and what to do about it. */
export interface SlowSearch {
  readonly code: 'no_index' | 'short_text' | 'many_records';
  readonly message: string;
}

/** A page of records, and what is to be said of it. */
export interface ListedRecords {
  /** As nested objects, some at a time: a thousand documents are a gigabyte. Those that are deleted meanwhile are left out. */
  readonly records: AsyncIterable<Record<string, unknown>[]>;
  /** How many there are in all. */
  readonly total: number;
  /** Where some are filtered: the criteria that has an export write all of them. */
  readonly criteria?: Criteria;
  readonly slow?: SlowSearch;
}

/**
 * A page of an organization's records of a resource.
 *
 * @throws ServiceError `invalid`
 */
export async function listRecords(
  context: { readonly pool: Pool; readonly elsewhere?: Elsewhere },
  declared: Resource,
  query: Omit<RecordQuery, 'condition'>,
  filter: RecordFilter = {},
): Promise<ListedRecords> {
  const { text } = filter;
  const { pool } = context;
  const { resource, read } = await recordsPlace(context, declared, query.organizationId);
  // Search indexes are for the resources that come with the program.
  const indexed =
    text !== undefined &&
    text.length >= INDEXED_LENGTH &&
    resource.versionId === undefined &&
    (await hasSearchIndex(pool, searchedOf(resource)));
  const { criteria, condition } = readFilter(resource, filter, indexed);
  const start = performance.now();
  const list = (db: Pool) => listRecordIds(db, resource, { ...query, ...(condition && { condition }) });
  const { ids, total } = await read((db) => (condition ? db.heavily(() => list(db)) : list(db)));
  const slow =
    text !== undefined && performance.now() - start > SLOW_SEARCH ? whySlow(resource, text, indexed) : undefined;
  return {
    records: toObjects(resource, piecesOf(read, resource, query.organizationId, ids)),
    total,
    ...(criteria && { criteria }),
    ...(slow && { slow }),
  };
}

async function* piecesOf(
  read: RecordsPlace['read'],
  resource: Resource,
  organizationId: string,
  ids: readonly string[],
): AsyncGenerator<StoredRecord[]> {
  yield* await read(async (db) => recordsInPieces(db, resource, organizationId, ids));
}

async function* toObjects(resource: Resource, pieces: AsyncIterable<StoredRecord[]>) {
  for await (const piece of pieces) yield piece.map((record) => toRecordObject(resource, record));
}

function whySlow({ name, versionId }: Resource, text: string, indexed: boolean): SlowSearch {
  if (indexed)
    return {
      code: 'many_records',
      message: 'The search was slow because many records contain the text. Enter a longer text.',
    };
  if (text.length < INDEXED_LENGTH) {
    const message = `The search was slow because it read all records: the search index needs at least ${INDEXED_LENGTH} characters. Enter a longer text.`;
    return { code: 'short_text', message };
  }
  const advice = versionId === undefined ? ` An operator can add one with "openbulk search-index add ${name}".` : '';
  return {
    code: 'no_index',
    message: `The search was slow because it read all records: there is no search index.${advice}`,
  };
}

/** What an export takes, and what the list is selected by; both mean the same records. */
function readFilter(resource: Resource, { text, criteria }: RecordFilter, indexed: boolean) {
  const all: Criteria[] = [];
  const conditions: Sql[] = [];
  if (criteria !== undefined) {
    const parsed = acceptCriteria(resource, criteria);
    if ('problems' in parsed) throw new ServiceError('invalid', 'The criteria are not valid.', parsed.problems);
    all.push(parsed.criteria);
    conditions.push(compileCriteria(resource, parsed.criteria, RECORD_ALIAS));
  }
  if (text) {
    all.push(searchCriteria(resource, text));
    conditions.push(compileSearch(resource, text, { alias: RECORD_ALIAS, indexed }));
  }
  if (conditions.length === 0) return {};
  return {
    criteria: all.length === 1 ? all[0] : { all },
    condition: join(conditions, ' and '),
  };
}
