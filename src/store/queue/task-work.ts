import { runnable, sourcesOf } from '../../task/lifecycle.ts';
import type { TaskCursor, TaskFailure } from '../../task/task.ts';
import { inTransaction, NOT_WAITING, type Pool, type Queryable } from '../connection/pool.ts';
import { TASK_CHANNEL } from '../tasks/tasks.ts';
import { changeHeld, type Lease } from './lease.ts';

/** A plan as it is kept with a task, in the form that has this number. */
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
const NEW_VERSION = 'version = version + 1, updated_at = clock_timestamp(), status_changed_at = clock_timestamp()';

/** Keeps what was found out about the work since it began. @throws LeaseLostError */
export async function savePlan(
  db: Queryable,
  lease: Lease,
  { plan, cursor, warnings = [], total }: PlanRecord,
): Promise<void> {
  await changeHeld(db, lease, {
    set: `plan = $3, cursor = $4, warnings = $5, progress_total = coalesce($6, progress_total), ${NEW_VERSION}`,
    values: [plan, cursor, JSON.stringify(warnings), total ?? null],
  });
}

/**
 * Begins the work of a task, and keeps what was found out about it; in one statement, which needs no waiting: no chunk is recorded of a
 * task that has not begun.
 *
 * @throws LeaseLostError
 */
export async function beginTask(db: Queryable, lease: Lease, record?: PlanRecord): Promise<void> {
  const { plan, cursor, warnings = [], total } = record ?? {};
  await changeHeld(db, lease, {
    set: `plan = case when $7 then $3::jsonb else plan end, cursor = case when $7 then $4::jsonb else cursor end,
     warnings = case when $7 then $5::jsonb else warnings end, progress_total = coalesce($6, progress_total),
     status = 'running', started_at = coalesce(started_at, clock_timestamp()), ${NEW_VERSION}`,
    values: [plan ?? null, cursor ?? null, JSON.stringify(warnings), total ?? null, record !== undefined],
    from: sourcesOf('running', runnable),
    returning: NOT_WAITING,
  });
}

/** Ends a task that cannot be done. @throws LeaseLostError */
export async function failTask(pool: Pool, lease: Lease, failure: TaskFailure): Promise<void> {
  await inTransaction(pool, async (tx) => {
    await changeHeld(tx, lease, {
      set: `status = 'failed', error = $3, finished_at = clock_timestamp(), lease_until = null, ${NEW_VERSION}`,
      values: [failure],
      from: sourcesOf('failed', runnable),
    });
    await tx.query('select pg_notify($1, $2)', [TASK_CHANNEL, lease.taskId]);
  });
}
