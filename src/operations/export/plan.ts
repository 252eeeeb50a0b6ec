import type { Resource } from '../../resources/resource.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { newestRecord, type RecordSet, surveyRecords } from '../../store/records/record-pages.ts';
import { RECORD_ALIAS } from '../../store/records/record-source.ts';
import { TaskError } from '../../task/errors.ts';
import type { ExportConfig } from '../../task/task.ts';
import { compileCriteria } from '../criteria/compile.ts';
import type { Criteria } from '../criteria/criteria.ts';
import { parseCriteria } from '../criteria/parse.ts';
import type { ExportPlan } from '../plans.ts';
import { lookInTime, Reach } from '../reach.ts';
import type { RecordsPlace } from '../records-place.ts';

/** Open columns of a CSV at most: as many as a header that an import reads could have, and more than any table shows. */
const MAX_OPEN_NAMES = 10_000;
/** Looked at by the first statement: of so many it takes some ms, unless the criteria is dear. */
const FIRST_REACH = 5_000;

/** The plan of an export, before its records were looked at. */
export async function beginPlan(
  { resource, read }: RecordsPlace,
  { organizationId, config }: { organizationId: string; config: ExportConfig },
): Promise<ExportPlan> {
  const criteria = readCriteria(resource, config);
  const last = await read((db) => newestRecord(db, recordSet(organizationId, resource, criteria)));
  return { criteria, last, openNames: [], total: 0, ...(last !== null && { surveyed: {} }) };
}

/**
 * Looks at records, statement after statement, until all were looked at or the time is over.
 *
 * @returns the plan, that much further
 * @throws TaskError when a CSV would have too many columns; a time-out when the criteria is too dear for a single record
 */
export async function survey(
  { read }: RecordsPlace,
  set: RecordSet,
  { plan, format, milliseconds }: { plan: ExportPlan; format: ExportConfig['format']; milliseconds: number },
): Promise<ExportPlan> {
  const { last } = plan;
  const reach = new Reach(FIRST_REACH);
  const names = new Set(plan.openNames);
  const wanted = format === 'csv' ? MAX_OPEN_NAMES + 1 : 0;
  let { total, surveyed } = plan;
  for (const end = performance.now() + milliseconds; last && surveyed && performance.now() < end; ) {
    const { after } = surveyed;
    const look = (tx: Transaction, records: number) =>
      surveyRecords(tx, set, { after, last, reach: records, names: wanted });
    const found = await read((db) => lookInTime(db, reach, look));
    total += found.total;
    for (const name of found.names) names.add(name);
    refuseTooMany(names, set.resource);
    surveyed = found.exhausted || found.reached === null ? undefined : { after: found.reached };
  }
  const { surveyed: _, ...rest } = plan;
  return { ...rest, total, openNames: [...names].sort(byCodePoints), ...(surveyed && { surveyed }) };
}

function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function refuseTooMany(names: ReadonlySet<string>, { open }: Resource): void {
  if (names.size <= MAX_OPEN_NAMES) return;
  throw new TaskError(
    'header_too_large',
    `These records use more than ${MAX_OPEN_NAMES} names of ${open?.prefix}*, and a CSV file ` +
      'needs a column for each. Export them as NDJSON or JSON, or export fewer records.',
  );
}

/** The records that match, as the store reads them. */
export function recordSet(organizationId: string, resource: Resource, criteria: Criteria): RecordSet {
  return { organizationId, resource, condition: compileCriteria(resource, criteria, RECORD_ALIAS) };
}

function readCriteria(resource: Resource, { criteria }: ExportConfig): Criteria {
  if (criteria === undefined) return { all: [] };
  const read = parseCriteria(resource, criteria);
  if ('criteria' in read) return read.criteria;
  // It was checked when the task was made: this program reads it in another way than that one.
  throw new TaskError('unsupported_action', `This server cannot read the criteria: ${read.problems[0]?.message}.`);
}
