import type { Counters } from '../../task/ledger.ts';
import type { Task } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTask } from './tasks.ts';

/**
 * The tasks of a task's family in the order in which they were made: the one that began it, and those that correct lines of it or
 * of each other.
 */
export async function findFamily(db: Queryable, organizationId: string, id: string): Promise<Task[]> {
  const { rows } = await db.query<TaskRow>(
    `with recursive up as (
       select id, parent_id, config ? 'numbered' as corrects from tasks
       where organization_id = $1 and id = $2 and historized_at is null
       union select t.id, t.parent_id, t.config ? 'numbered' from tasks t join up u on t.id = u.parent_id
       where u.corrects and t.organization_id = $1 and t.historized_at is null
     ), family as (
       select id from up where not exists (select from up parent where up.corrects and parent.id = up.parent_id)
       union select t.id from tasks t join family f on t.parent_id = f.id
       where t.config ? 'numbered' and t.organization_id = $1 and t.historized_at is null
     ) select ${TASK_COLUMNS} from ${TASK_TABLES} where t.id in (select id from family) order by t.id`,
    [organizationId, id],
  );
  return rows.map(toTask);
}

/** What became of the lines that tasks tried, each counted once with the outcome of the last of them. */
export async function lastTries(db: Queryable, taskIds: readonly string[]): Promise<Counters> {
  if (taskIds.length === 0) return { items: 0, inserts: 0, updates: 0, deletes: 0, skips: 0, errors: 0 };
  const { rows } = await db.query<Counters>(
    `with tries as (
       select c.task_id, o.outcome, split_part(r.range, '-', 1)::bigint as first,
         coalesce(nullif(split_part(r.range, '-', 2), ''), split_part(r.range, '-', 1))::bigint as last
       from task_chunks c
         cross join lateral (values ('inserted', c.inserted), ('updated', c.updated), ('deleted', c.deleted), ('skipped', c.skipped)) o(outcome, ranges)
         cross join lateral string_to_table(nullif(o.ranges, ''), ',') r(range)
       where c.task_id = any($1)
       union all
       select c.task_id, 'errored', (e->>'line')::bigint, (e->>'line')::bigint
       from task_chunks c cross join lateral jsonb_array_elements(c.errored) e where c.task_id = any($1)
     ), last as (
       select distinct on (line) line, outcome from tries cross join lateral generate_series(first, last) line
       order by line, task_id desc
     )
     select count(*) as items, count(*) filter (where outcome = 'inserted') as inserts,
       count(*) filter (where outcome = 'updated') as updates,
       count(*) filter (where outcome = 'deleted') as deletes, count(*) filter (where outcome = 'skipped') as skips,
       count(*) filter (where outcome = 'errored') as errors
     from last`,
    [taskIds],
  );
  return rows[0] as Counters;
}
