import { catalogName } from '../../../resources/declaration/names.ts';
import type { Resource } from '../../../resources/resource.ts';
import { referencesOf } from '../../../resources/tables/constraints.ts';
import type { Pool, Queryable } from '../../../store/connection/pool.ts';
import { findSchema } from '../../../store/resources/record-tables.ts';
import type { WriteMode, WritePlan } from '../../../targets/adopted/plan/plan.ts';
import { planWrite } from '../../../targets/adopted/plan/plan-write.ts';
import { describeTable } from '../../../targets/adopted/shape/describe-table.ts';
import type { TableShape } from '../../../targets/adopted/shape/shape.ts';
import type { NameOf } from '../../../targets/adopted/write/faults.ts';
import { openAdoptedTable } from '../../../targets/adopted/write/write-chunk.ts';
import type { Target } from '../../../targets/target.ts';
import { TaskError } from '../../../task/errors.ts';

/** An import into a table of ours whose constraints may refuse a line. */
export interface ConstrainedImport {
  readonly resource: Resource;
  readonly organizationId: string;
  /** That lines have, as statements have them. */
  readonly columns: readonly string[];
  readonly mode: WriteMode;
  readonly keepsBlanks: boolean;
}

/** Finds out how lines are written into such a table: as into one that OpenBulk did not make, each as if alone. */
export async function planConstrainedImport(pool: Pool, given: ConstrainedImport): Promise<WritePlan> {
  const { resource, organizationId, columns, mode, keepsBlanks } = given;
  const shape = await describeOurs(pool, resource);
  const planned =
    shape &&
    planWrite(shape, {
      columns: [...columns.map(catalogName), 'key', 'id'],
      key: ['key'],
      mode,
      keepsBlanks,
      organization: { column: 'organization_id', value: organizationId },
      insertOnly: ['id'],
      touches: 'updated_at',
      declaredSetSafe: true,
    });
  if (planned && 'plan' in planned) return planned.plan;
  const why = planned ? planned.refusals.map(({ message }) => message).join(' ') : 'It does not exist.';
  throw new TaskError('table_unfit', `The table of ${resource.name} cannot be written to. ${why}`);
}

/** A table of ours. Without a schema, it is in the first of the search path that has it. */
export async function describeOurs(db: Queryable, { place, table }: Resource): Promise<TableShape | undefined> {
  const schema = place.schema ?? (await findSchema(db, table));
  return schema === undefined ? undefined : describeTable(db, { schema, table: place.table });
}

/** The table of a plan, whose faults name columns as files do. Its lines have a key, and an id in case they are new. */
export function constrainedTarget(resource: Resource, plan: WritePlan): Target {
  return openAdoptedTable(plan, namesOf(resource), { identified: true });
}

/** What people call the columns of a table of ours. */
export function namesOf(resource: Resource): NameOf {
  const { columns, key } = resource;
  const names = new Map<string, string | readonly string[]>(columns.map(({ name, sql }) => [catalogName(sql), name]));
  for (const { column, fields } of referencesOf(resource)) names.set(catalogName(column), fields);
  names.set('key', key.columns);
  return (column) => names.get(column);
}
