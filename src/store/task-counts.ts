import type { TaskStatus } from '../task/lifecycle.ts';
import { inTransaction, type Pool, type Queryable } from './pool.ts';

/** How many of an organization's tasks are alike; tasks that are historized are not counted. */
export interface TaskCount {
  readonly action: string;
  readonly status: TaskStatus;
  /** Whether a worker has begun them. */
  readonly started: boolean;
  readonly tasks: number;
}

/** Selects what is to be added up for the organization `$1`: its counts, and the changes that are not folded in yet. */
export const COUNTED = `select action, status, started, tasks from task_counts where organization_id = $1
  union all select action, status, started, change from task_count_changes where organization_id = $1`;

/**
 * How many tasks an organization has, by kind; exact in every transaction. As fast as there are kinds, and changes that are not
 * folded in yet: the tasks themselves are not looked at.
 */
export async function countTasks(db: Queryable, organizationId: string): Promise<TaskCount[]> {
  const { rows } = await db.query<TaskCount>(
    `select action, status, started, sum(tasks)::bigint as tasks from (${COUNTED}) counted
     group by action, status, started having sum(tasks) <> 0`,
    [organizationId],
  );
  return rows;
}

/** Changes folded in one transaction. */
const AT_ONCE = 5_000;

/** Folds the changes into the counts. One process does it at a time; who finds another at it leaves it to that one. */
export async function foldTaskCounts(pool: Pool): Promise<void> {
  for (let folded = AT_ONCE; folded === AT_ONCE; ) {
    folded = await inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ folded: number }>(
        `with mine as (select pg_try_advisory_xact_lock(hashtext('task_counts')) as mine),
         gone as (delete from task_count_changes where (select mine from mine)
           and id in (select id from task_count_changes order by id limit ${AT_ONCE}) returning *),
         folded as (insert into task_counts as c
           select organization_id, action, status, started, sum(change) from gone group by 1, 2, 3, 4 order by 1, 2, 3, 4
           on conflict (organization_id, action, status, started) do update set tasks = c.tasks + excluded.tasks)
         select count(*) as folded from gone`,
      );
      return rows[0]?.folded ?? 0;
    });
  }
}
