import type { Resource } from '../../resources/resource.ts';
import type { Pool } from '../../store/pool.ts';
import { measureRecords, openNames, RECORD_SET, type RecordSet } from '../../store/record-pages.ts';
import { TaskError } from '../../task/errors.ts';
import type { ExportConfig } from '../../task/task.ts';
import { compileCriteria } from '../criteria/compile.ts';
import type { Criteria } from '../criteria/criteria.ts';
import { parseCriteria } from '../criteria/parse.ts';

/** What the first slice finds out and later ones start from; kept with the task as JSON. */
export interface ExportPlan {
  readonly criteria: Criteria;
  /**
   * Records with greater ids came later and are not in it, so that an export ends however fast records come; null: there
   * are none.
   */
  readonly last: string | null;
  /** Of a CSV: the open columns that it has. */
  readonly openNames: readonly string[];
}

/** Open columns of a CSV at most: as many as a header that an import reads could have, and more than any table shows. */
const MAX_OPEN_NAMES = 10_000;

/**
 * Looks at the records that are meant.
 *
 * @throws TaskError when a CSV would have too many columns
 */
export async function planExport(
  pool: Pool,
  { organizationId, resource, config }: { organizationId: string; resource: Resource; config: ExportConfig },
): Promise<{ readonly plan: ExportPlan; readonly total: number }> {
  const criteria = readCriteria(resource, config);
  const set = recordSet(organizationId, resource, criteria);
  const { total, last } = await measureRecords(pool, set);
  const names = config.format === 'csv' ? await openNames(pool, set, MAX_OPEN_NAMES + 1) : [];
  if (names.length > MAX_OPEN_NAMES) {
    throw new TaskError(
      'header_too_large',
      `These records have values under more than ${MAX_OPEN_NAMES} names of ${resource.open?.prefix}*, and a CSV file ` +
        'would need a column for each. Export them as NDJSON or JSON, or fewer of them.',
    );
  }
  return { plan: { criteria, last, openNames: names }, total };
}

/** The records that match, as the store reads them. */
export function recordSet(organizationId: string, resource: Resource, criteria: Criteria): RecordSet {
  return { organizationId, resource, condition: compileCriteria(resource, criteria, RECORD_SET) };
}

function readCriteria(resource: Resource, { criteria }: ExportConfig): Criteria {
  if (criteria === undefined) return { all: [] };
  const read = parseCriteria(resource, criteria);
  if ('criteria' in read) return read.criteria;
  // It was checked when the task was made: this program reads it in another way than that one.
  throw new TaskError('unsupported_action', `This server cannot read the criteria: ${read.problems[0]?.message}.`);
}
