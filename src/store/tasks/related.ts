import type { TaskStatus } from '../../task/lifecycle.ts';
import type { Origin } from '../../task/origins.ts';
import type { Queryable } from '../connection/pool.ts';

/**
 * Locks a task until the end of the transaction: `for update` against every change, `for key share` against its
 * removal.
 *
 * @returns whether the organization has it
 */
export async function lockTask(
  tx: Queryable,
  organizationId: string,
  id: string,
  lock: 'for update' | 'for key share',
): Promise<boolean> {
  const { rows } = await tx.query(
    `select from tasks where organization_id = $1 and id = $2 and historized_at is null ${lock}`,
    [organizationId, id],
  );
  return rows.length > 0;
}

/** A task that was made from another one's file, or from such a one's. */
export interface DescendantTask {
  readonly id: string;
  readonly status: TaskStatus;
  /** When a worker began it. */
  readonly startedAt: Date | null;
  /** The dialect in which it was made. */
  readonly origin: Origin;
}

/** The tasks that were made of a task, and of those; locked against change in the order of their ids. */
export async function lockDescendants(tx: Queryable, organizationId: string, id: string): Promise<DescendantTask[]> {
  const { rows } = await tx.query<DescendantTask>(
    `with recursive made as (
       select id from tasks where parent_id = $2 and organization_id = $1
       union select t.id from tasks t join made m on t.parent_id = m.id where t.organization_id = $1
     ) select t.id, t.status, t.started_at as "startedAt", t.origin from tasks t where t.id in (select id from made) order by t.id for update`,
    [organizationId, id],
  );
  return rows;
}

/** The files that only these tasks need. */
export async function filesOfAlone(tx: Queryable, ids: readonly string[]): Promise<{ id: string; key: string }[]> {
  const { rows } = await tx.query<{ id: string; key: string }>(
    `select f.id, f.key from files f
     where f.id in (select file_id from tasks where id = any($1) union select result_file_id from tasks where id = any($1))
       and not exists (select from tasks t where (t.file_id = f.id or t.result_file_id = f.id) and t.id <> all($1))
     order by f.id`,
    [ids],
  );
  return rows;
}

/** Removes tasks, with their ledgers. */
export async function deleteTasks(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query('delete from tasks where id = any($1)', [ids]);
}
