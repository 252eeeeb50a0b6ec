import { forgetCatalogue } from '../../operations/catalogue.ts';
import { compileStored } from '../../resources/stored.ts';
import { inTransaction, type Pool } from '../../store/connection/pool.ts';
import { endDeclaration, findInForce, hasOpenTasks, lockResourceName } from '../../store/resources/declared-resources.ts';
import { countRecords, dropTable, readColumns } from '../../store/resources/record-tables.ts';
import { notFound, ServiceError } from '../platform/service-error.ts';
import type { Owner } from './plan-resource.ts';

/**
 * Removes a resource, with its table and the records in it.
 *
 * @param allowLoss whether there may be records
 * @throws ServiceError `not_found`; `conflict` when there are records that may not be removed, or tasks that are not over
 */
export async function removeResource(
  { pool }: { readonly pool: Pool },
  { owner, name, allowLoss = false }: { readonly owner: Owner; readonly name: string; readonly allowLoss?: boolean },
): Promise<void> {
  await inTransaction(pool, async (tx) => {
    await lockResourceName(tx, name);
    const stored = await findInForce(tx, owner, name);
    if (!stored) throw notFound();
    if (await hasOpenTasks(tx, owner, name)) {
      throw new ServiceError('conflict', `The resource ${name} has tasks that are not over. Cancel them, or wait.`);
    }
    const table = compileStored(stored)?.table;
    if (table !== undefined && (await readColumns(tx, stored))) {
      const records = await countRecords(tx, table);
      if (records > 0 && !allowLoss) {
        throw new ServiceError('conflict', `The resource ${name} has ${records} records. Allow the loss, or keep it.`);
      }
      await dropTable(tx, table);
    }
    await endDeclaration(tx, owner, name);
  });
  forgetCatalogue(pool, owner);
}
