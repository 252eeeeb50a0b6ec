import { toRecordObject } from '../resources/record-object.ts';
import { findResource } from '../resources/registry.ts';
import type { Pool } from '../store/pool.ts';
import { type RecordQuery, listRecords as selectRecords } from '../store/records.ts';
import { notFound } from './service-error.ts';

export type { RecordQuery } from '../store/records.ts';

/** A page of an organization's records of a resource, as nested objects, and how many there are in all. */
export async function listRecords(
  { pool }: { pool: Pool },
  resourceName: string,
  query: RecordQuery,
): Promise<{ records: Record<string, unknown>[]; total: number }> {
  const resource = findResource(resourceName);
  if (!resource) throw notFound();
  const { records, total } = await selectRecords(pool, resource, query);
  return { records: records.map((record) => toRecordObject(resource, record)), total };
}
