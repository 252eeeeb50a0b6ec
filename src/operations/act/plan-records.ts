import { catalogName } from '../../resources/declaration/names.ts';
import { idColumns, type Resource } from '../../resources/resource.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { quoteName, quoteNames } from '../../store/connection/quote.ts';
import { findOrganization } from '../../store/platform/organizations.ts';
import type { WritePlan, WriteRequest } from '../../targets/adopted/plan/plan.ts';
import { planWrite } from '../../targets/adopted/plan/plan-write.ts';
import { describeReferred, requestOf } from '../../targets/adopted/plan/request.ts';
import { describeTable } from '../../targets/adopted/shape/describe-table.ts';
import { TaskError } from '../../task/errors.ts';
import { withReferences } from '../catalogue.ts';
import { describeOurs } from '../import/apply/constrained.ts';

/** Records that are set or deleted, told by what their ids are made of. */
export interface RecordsRequest {
  readonly resource: Resource;
  readonly organizationId: string;
  /** That are set, as statements have them. */
  readonly columns: readonly string[];
  readonly mode: 'update' | 'delete';
}

/**
 * Finds out how records are set or deleted, each as if alone, in a table of ours as in one that OpenBulk did not make.
 *
 * @param db that has the table @param pool of OpenBulk
 * @throws TaskError `table_unfit` with everything that no record could pass
 */
export async function planRecords(db: Queryable, pool: Queryable, asked: RecordsRequest): Promise<WritePlan> {
  const resource = await withReferences(pool, asked.organizationId, asked.resource);
  const request = { ...asked, resource };
  const shape = await (resource.adopted ? describeTable(db, resource.adopted) : describeOurs(db, resource));
  if (!shape) throw unfit(`The table of ${resource.name} does not exist.`);
  const planned = planWrite(shape, await toWriteRequest({ db, pool }, request));
  if ('refusals' in planned) throw unfit(planned.refusals.map(({ message }) => message).join(' '));
  if (planned.plan.locks) return planned.plan;
  // Records that match are kept from being changed until they are deleted.
  const table = quoteNames(shape.schema, shape.name);
  const column = quoteName(planned.plan.key[0]?.column as string);
  throw unfit(
    `The role ${shape.role} may not lock rows of ${table}, which takes the right to update a column. Its owner can allow it: ` +
      `grant update (${column}) on ${table} to ${quoteName(shape.role)};`,
  );
}

async function toWriteRequest(
  { db, pool }: { readonly db: Queryable; readonly pool: Queryable },
  request: RecordsRequest,
): Promise<WriteRequest> {
  const { resource, organizationId, columns, mode } = request;
  const { adopted } = resource;
  const all = [...keyColumns(resource), ...columns];
  if (!adopted) {
    return {
      ...{ columns: all.map(catalogName), key: ['id'], mode, touches: 'updated_at' },
      organization: { column: 'organization_id', value: organizationId },
    };
  }
  const owner = await findOrganization(pool, { id: organizationId });
  if (!owner) throw unfit('The organization does not exist.');
  const referred = await describeReferred(db, adopted);
  const lost = adopted.references.find(({ column }) => !referred.has(column))?.to;
  if (lost) throw unfit(`The table ${lost.schema}.${lost.table}, to which ${resource.name} refers, does not exist.`);
  return requestOf(resource, adopted, { columns: all, mode, owner, referred });
}

/** The columns of which ids are made, as statements have them, in the order of an id's parts. */
function keyColumns(resource: Resource): string[] {
  return resource.adopted ? idColumns(resource) : ['id'];
}

/** What an id says of those columns, as texts. */
export function keyValues({ adopted }: Resource, id: string): string[] {
  return adopted ? (JSON.parse(id) as string[]) : [id];
}

function unfit(why: string): TaskError {
  return new TaskError('table_unfit', why);
}
