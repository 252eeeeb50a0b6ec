import { forgetCatalogue } from '../../operations/catalogue.ts';
import { quoteName } from '../../resources/declaration/names.ts';
import { inTransaction, isLocked, isReferredTo, type Pool, type Transaction } from '../../store/connection/pool.ts';
import {
  endDeclaration,
  findInForce,
  findReferring,
  hasOpenTasks,
  lockResourceName,
} from '../../store/resources/declared-resources.ts';
import { countRecords, dropTable, readColumns } from '../../store/resources/record-tables.ts';
import { isResourceName } from '../../task/permissions.ts';
import { notFound, ServiceError } from '../platform/service-error.ts';
import { hasTasks, tableInUse } from './apply-resource.ts';
import { isAdopted, type Owner } from './plan-resource.ts';

/** A resource to remove. */
export interface Removal {
  readonly owner: Owner;
  readonly name: string;
  /** Whether it can have records. */
  readonly allowLoss?: boolean;
}

/**
 * Removes a resource, with its table and the records in it; a table that it adopts stays as it is.
 *
 * @throws ServiceError `not_found`; `conflict` when it has records that must stay, tasks that have not ended, or others refer to it; `unavailable` when the
 *   table was in use for too long
 */
export async function removeResource({ pool }: { readonly pool: Pool }, removal: Removal): Promise<void> {
  // PostgreSQL refuses to look for some names.
  if (!isResourceName(removal.name)) throw notFound();
  try {
    await pool.heavily(() => inTransaction(pool, (tx) => remove(tx, removal)));
  } catch (error) {
    if (isLocked(error)) throw tableInUse();
    if (isReferredTo(error)) throw referredTo(removal.name, 'Other resources refer');
    throw error;
  }
  forgetCatalogue(pool, removal.owner);
}

function referredTo(name: string, others: string): ServiceError {
  const message = `${others} to ${name}. Remove them first, or the foreign keys in their declarations.`;
  return new ServiceError('conflict', message);
}

async function remove(tx: Transaction, { owner, name, allowLoss = false }: Removal): Promise<void> {
  await lockResourceName(tx, name);
  const stored = await findInForce(tx, owner, name);
  if (!stored) throw notFound();
  const referring = await findReferring(tx, owner, name);
  if (referring.length > 0) throw referredTo(name, `Other resources (${referring.join(', ')}) refer`);
  await endDeclaration(tx, owner, name);
  // From here on no task begins with it.
  if (await hasOpenTasks(tx, owner, name)) throw hasTasks(name);
  if (isAdopted(stored) || !(await readColumns(tx, stored))) return;
  const table = `${quoteName(stored.schema)}.${quoteName(stored.table)}`;
  const records = await countRecords(tx, table);
  if (records > 0 && !allowLoss) {
    throw new ServiceError(
      'conflict',
      `The resource ${name} has records (${records}). Allow the loss (--allow-loss, or allowLoss=true in the API), or keep it.`,
    );
  }
  await dropTable(tx, table);
}
