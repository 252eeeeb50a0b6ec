import { findResource } from '../resources/registry.ts';
import type { Pool } from '../store/pool.ts';
import { type RecordQuery, type StoredRecord, listRecords as selectRecords } from '../store/records.ts';
import { notFound } from './service-error.ts';

export type { RecordQuery, StoredRecord } from '../store/records.ts';

/** A page of an organization's records of a resource and how many there are in all. */
export function listRecords(
  { pool }: { pool: Pool },
  resourceName: string,
  query: RecordQuery,
): Promise<{ records: StoredRecord[]; total: number }> {
  const resource = findResource(resourceName);
  if (!resource) throw notFound();
  return selectRecords(pool, resource, query);
}
