import { forgetCatalogue } from '../../operations/catalogue.ts';
import { inTransaction, isLocked, type Pool, type Transaction } from '../../store/connection/pool.ts';
import { insertDeclaration, lockResourceName } from '../../store/resources/declared-resources.ts';
import { alterTables } from '../../store/resources/record-tables.ts';
import { newId } from '../../task/ids.ts';
import type { Submitter } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';
import { type GivenDeclaration, type Owner, planResource, type ResourcePlan } from './plan-resource.ts';

/** A declaration to apply. */
export interface ResourceOrder extends GivenDeclaration {
  readonly owner: Owner;
  /** Of the plan that was seen; not given: whatever the plan is now, as long as it loses nothing. */
  readonly hash?: string;
  /** Whether values may be removed. */
  readonly allowLoss?: boolean;
  readonly createdBy?: Submitter;
}

/**
 * Puts a declaration in force, with what it changes of its table, in one transaction. Applied again, it changes nothing.
 *
 * @returns what was changed
 * @throws ServiceError as `planResource`; `outgrown` when the plan is no longer the one of `hash`; `conflict` when it would remove values
 *   that may not be removed; `unavailable` when the table was in use for too long
 */
export async function applyResource({ pool }: { readonly pool: Pool }, order: ResourceOrder): Promise<ResourcePlan> {
  const { owner } = order;
  try {
    const plan = await inTransaction(pool, (tx) => apply(tx, order));
    forgetCatalogue(pool, owner);
    return plan;
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new ServiceError('unavailable', 'The table of the resource is in use by others for long. Try again later.');
  }
}

async function apply(tx: Transaction, order: ResourceOrder): Promise<ResourcePlan> {
  const { owner, hash, allowLoss = false, createdBy } = order;
  // The plan is made under the lock, so that it is the one that is applied.
  const first = await planResource(tx, owner, order);
  await lockResourceName(tx, first.plan.name);
  const { plan, text, place } = await planResource(tx, owner, order);
  if (hash !== undefined && hash !== plan.hash) {
    throw new ServiceError('outgrown', 'The plan has changed since it was made. Make a new one.');
  }
  if (plan.action === 'none') return plan;
  const lost = plan.losses.filter(({ records }) => records > 0);
  if (lost.length > 0 && !allowLoss) {
    const columns = lost.map(({ column, records }) => `${column} (${records} records)`).join(', ');
    const message = `This would remove the values of ${columns}. Allow the loss, or keep the columns.`;
    throw new ServiceError('conflict', message);
  }
  await alterTables(tx, place, plan.statements);
  await insertDeclaration(tx, {
    ...{ id: newId(), organizationId: owner, name: plan.name, declaration: text, ...place },
    ...(createdBy && { createdBy }),
  });
  return plan;
}
