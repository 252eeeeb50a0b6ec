import { forgetCatalogue } from '../../operations/catalogue.ts';
import { inTransaction, isLocked, type Pool, type Transaction } from '../../store/connection/pool.ts';
import {
  endDeclaration,
  hasOpenTasks,
  insertDeclaration,
  lockResourceName,
} from '../../store/resources/declared-resources.ts';
import { alterTables } from '../../store/resources/record-tables.ts';
import { newId } from '../../task/ids.ts';
import type { Submitter } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';
import { type Owner, planResource, type ResourcePlan } from './plan-resource.ts';
import { type GivenDeclaration, readDeclaration } from './read-declaration.ts';

/** A declaration to apply. */
export interface ResourceOrder extends GivenDeclaration {
  readonly owner: Owner;
  /** Of the plan that was seen; not given: whatever the plan is now. */
  readonly hash?: string;
  /** Whether values can be removed. */
  readonly allowLoss?: boolean;
  readonly createdBy?: Submitter;
}

/**
 * Puts a declaration in force, with the changes of its table, in one transaction. Applied again, it changes nothing.
 *
 * @returns what was changed
 * @throws ServiceError as `planResource`; `outgrown` when the plan is no longer the one of `hash`; `conflict` when it would remove values
 *   and must not, or tasks need the table as it is; `unavailable` when the table was in use for too long
 */
export async function applyResource({ pool }: { readonly pool: Pool }, order: ResourceOrder): Promise<ResourcePlan> {
  const { owner } = order;
  try {
    // A change of many columns takes seconds, and so may whoever holds the name.
    const plan = await pool.heavily(() => inTransaction(pool, (tx) => apply(tx, order)));
    forgetCatalogue(pool, owner);
    return plan;
  } catch (error) {
    if (isLocked(error)) throw tableInUse();
    throw error;
  }
}

/** The answer to who would have to wait too long for a table. */
export function tableInUse(): ServiceError {
  return new ServiceError('unavailable', 'The table of the resource is in use. Try again later.');
}

async function apply(tx: Transaction, order: ResourceOrder): Promise<ResourcePlan> {
  const { owner, hash, allowLoss = false, createdBy } = order;
  // Before anything is read, which would hold the table against whoever has the name and changes it.
  const { name } = readDeclaration(order).declaration;
  await lockResourceName(tx, name);
  const { plan, text, place, compatible, makeThere } = await planResource(tx, owner, order);
  if (plan.action === 'none') return plan;
  if (hash !== undefined && hash !== plan.hash) {
    throw new ServiceError('outgrown', 'The plan has changed since it was made. Make a new one.');
  }
  const lost = plan.losses.filter(({ records }) => records > 0);
  if (lost.length > 0 && !allowLoss) {
    const columns = lost.map(({ column, records }) => `${column} (records: ${records})`).join(', ');
    throw new ServiceError(
      'conflict',
      `This removes values of ${columns}. Allow the loss (--allow-loss, or allowLoss=true in the API), or keep the columns.`,
    );
  }
  await makeThere?.();
  await endDeclaration(tx, owner, name);
  // From here on no task begins with the version that was in force.
  if (!compatible && (await hasOpenTasks(tx, owner, name))) throw hasTasks(name);
  if (plan.statements.length > 0) await alterTables(tx, place, plan.statements);
  await insertDeclaration(tx, {
    ...{ id: newId(), organizationId: owner, name, declaration: text, ...place },
    ...(createdBy && { createdBy }),
  });
  return plan;
}

/** The answer to who would take a table away from tasks. */
export function hasTasks(name: string): ServiceError {
  return new ServiceError('conflict', `The resource ${name} has tasks that have not ended. Cancel them, or wait.`);
}
