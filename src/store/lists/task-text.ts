import type { Queryable } from '../connection/pool.ts';
import { anyContains, containing } from '../records/containing.ts';
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
  const matching = `select t.id, t.updated_at, t.action, t.status, t.started_at, f.original_name from ${TASK_TABLES} where t.organization_id = $1 and t.historized_at is null
    and ($2::text is null or t.action = $2) and ($4::text is null or t.id = $3::uuid or ${anyContains(SEARCHED, text ?? '', '$4')})
    and (t.errors > 0 or not $7)
    and ($5::text[] is null or exists (select from unnest($5, $6::boolean[]) s(status, started)
      where s.status = t.status and (s.started is null or s.started = (t.started_at is not null))))`;
  const values = [
    organizationId,
    action ?? null,
    id ?? null,
    text === undefined ? null : containing(text),
    states?.map(({ status }) => status) ?? null,
    states?.map(({ started }) => started ?? null) ?? null,
    withErrors,
  ];
  const direction = query.descending ? 'desc' : 'asc';
  const order = [...orderOf(query), 't.id'].map((value) => `${value} ${direction}`).join(', ');
  const { rows } = await db.query<TaskRow & { readonly total: number }>(
    `with matching as materialized (${matching})
     select counted.total, page.* from (select count(*) as total from matching) counted left join lateral (
       select ${TASK_COLUMNS} from ${TASK_TABLES} where t.id = any(array(
         select t.id from matching t cross join lateral (select t.original_name) f order by ${order} limit $8 offset $9)) order by ${order}) page on true`,
    [...values, limit, offset],
  );
  return { tasks: rows.filter(({ id }) => id !== null).map(toTask), total: rows[0]?.total ?? 0 };
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
