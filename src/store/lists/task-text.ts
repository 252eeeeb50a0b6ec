import type { Queryable } from '../connection/pool.ts';
import { join, raw, type Sql, sql } from '../connection/sql.ts';
import { anyContains } from '../records/containing.ts';
import type { TaskState } from '../tasks/statuses.ts';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTask } from '../tasks/tasks.ts';
import { SORTED, type TaskListPage, type TaskQuery } from './task-list.ts';

/** What of a task a text is looked for in: the name of its file, its action, and who submitted it. */
const SEARCHED = [
  'f.original_name',
  't.action',
  `t.created_by->>'fullName'`,
  `t.created_by->>'email'`,
  `concat_ws(' ', t.created_by->>'firstName', t.created_by->>'lastName')`,
];

/**
 * A page of the tasks that have a text in them, in upper or lower case, or have that id, and of those with errors where they are asked
 * for. All of the organization's are looked at, once: there is no index by which to find a part of a name.
 *
 * @param id the text as an id, if it is one
 */
export async function matchingTasks(db: Queryable, query: TaskQuery, id?: string): Promise<TaskListPage> {
  const { organizationId, states, action, text, withErrors = false, limit, offset } = query;
  const conditions = [
    sql`t.organization_id = ${organizationId} and t.historized_at is null`,
    ...(action === undefined ? [] : [sql`t.action = ${action}`]),
    ...(text === undefined ? [] : [sql`(t.id = ${id ?? null}::uuid or ${anyContains(SEARCHED, text)})`]),
    ...(withErrors ? [sql`t.errors > 0`] : []),
    ...(states ? [isAnyOf(states)] : []),
  ];
  const direction = query.descending ? 'desc' : 'asc';
  const order = raw([...orderOf(query), 't.id'].map((value) => `${value} ${direction}`).join(', '));
  const { rows } = await db.query<TaskRow & { readonly total: number }>(
    sql`with matching as materialized (
       select t.id, t.updated_at, t.action, t.status, t.started_at, f.original_name from ${raw(TASK_TABLES)} where ${join(conditions, ' and ')})
     select counted.total, page.* from (select count(*) as total from matching) counted left join lateral (
       select ${raw(TASK_COLUMNS)} from ${raw(TASK_TABLES)} where t.id = any(array(
         select t.id from matching t cross join lateral (select t.original_name) f order by ${order} limit ${limit} offset ${offset}))
       order by ${order}) page on true`,
  );
  return { tasks: rows.filter(({ id }) => id !== null).map(toTask), total: rows[0]?.total ?? 0 };
}

function isAnyOf(states: readonly TaskState[]): Sql {
  return sql`exists (select from unnest(${states.map(({ status }) => status)}::text[],
      ${states.map(({ started }) => started ?? null)}::boolean[]) s(status, started)
    where s.status = t.status and (s.started is null or s.started = (t.started_at is not null)))`;
}

function orderOf({ sort, statusOrder }: Pick<TaskQuery, 'sort' | 'statusOrder'>): string[] {
  if (sort === 'createdAt') return [];
  if (sort === 'updatedAt' || sort === 'name') return [SORTED[sort]];
  if (sort === 'action') return ['t.action collate "C"'];
  const ranks = statusOrder.flatMap((states, rank) =>
    states.map(({ status, started }) => {
      const begun = started === undefined ? '' : ` and t.started_at is ${started ? 'not ' : ''}null`;
      return `when t.status = '${status}'${begun} then ${rank}`;
    }),
  );
  return [`(case ${ranks.join(' ')} end)`];
}
