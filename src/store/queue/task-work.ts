import { runnable, sourcesOf } from '../../task/lifecycle.ts';
import type { TaskCursor, TaskFailure } from '../../task/task.ts';
import { inTransaction, NOT_WAITING, type Pool, type Queryable } from '../connection/pool.ts';
import { raw, type Sql, sql } from '../connection/sql.ts';
import { TASK_CHANNEL } from '../tasks/tasks.ts';
import { changeHeld, type Lease } from './lease.ts';

/** A plan as it is stored with a task, in the version with this number. */
export interface StoredPlan {
  readonly version: number;
}

/** What the first slice finds out about the work before it begins. */
export interface PlanRecord {
  readonly plan: StoredPlan;
  readonly cursor: TaskCursor;
  readonly warnings?: readonly string[];
  /** How much there is to do: `Progress.total`; not given: as it was known before. */
  readonly total?: number;
}

/** That a client sees a task in a new state, in SQL. */
const NEW_VERSION = sql`version = version + 1, updated_at = clock_timestamp(), status_changed_at = clock_timestamp()`;

/** Keeps what was found out about the work since it began. @throws LeaseLostError */
export async function savePlan(db: Queryable, lease: Lease, record: PlanRecord): Promise<void> {
  await changeHeld(db, lease, { set: sql`${keeping(record)}, ${NEW_VERSION}` });
}

function keeping({ plan, cursor, warnings = [], total }: PlanRecord): Sql {
  return sql`plan = ${plan}, cursor = ${cursor}, warnings = ${JSON.stringify(warnings)},
    progress_total = coalesce(${total ?? null}, progress_total)`;
}

/**
 * Begins the work of a task, and keeps what was found out about it; in one statement, which needs no waiting: no chunk is recorded of a
 * task that has not begun.
 *
 * @throws LeaseLostError
 */
export async function beginTask(db: Queryable, lease: Lease, record?: PlanRecord): Promise<void> {
  const kept = record ? sql`${keeping(record)}, ` : raw('');
  await changeHeld(db, lease, {
    set: sql`${kept}status = 'running', started_at = coalesce(started_at, clock_timestamp()), ${NEW_VERSION}`,
    from: sourcesOf('running', runnable),
    returning: NOT_WAITING,
  });
}

/** Ends a task that cannot be done. @throws LeaseLostError */
export async function failTask(pool: Pool, lease: Lease, failure: TaskFailure): Promise<void> {
  await inTransaction(pool, async (tx) => {
    await changeHeld(tx, lease, {
      set: sql`status = 'failed', error = ${failure}, finished_at = clock_timestamp(), lease_until = null, ${NEW_VERSION}`,
      from: sourcesOf('failed', runnable),
    });
    await tx.query('select pg_notify($1, $2)', [TASK_CHANNEL, lease.taskId]);
  });
}
