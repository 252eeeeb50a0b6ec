import type { TaskStatus } from '../../task/lifecycle.ts';
import type { Task } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { join, prepared, raw, type Sql, sql } from '../connection/sql.ts';
import type { TaskState } from '../tasks/statuses.ts';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTask } from '../tasks/tasks.ts';
import { knownTasks } from './known-tasks.ts';
import { countTasks, type TaskCount } from './task-counts.ts';

/** Sortable fields of a list of tasks; `createdAt` is the order of ids, `name` that of the names of their files. */
export type TaskSort = 'createdAt' | 'updatedAt' | 'status' | 'action' | 'name';

export interface TaskQuery {
  readonly organizationId: string;
  /** Tasks in any of these; in whatever state when not given. */
  readonly states?: readonly TaskState[];
  readonly action?: string;
  /** Only those that have it in the name of their file, their action or their submitter, or whose id it is. */
  readonly text?: string;
  /** Only those that have lines with errors. */
  readonly withErrors?: boolean;
  readonly sort: TaskSort;
  /** For `sort: 'status'`: groups of states in ascending order. A dialect sorts by its own spelling, not by ours. */
  readonly statusOrder: readonly (readonly TaskState[])[];
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface TaskListPage {
  readonly tasks: Task[];
  readonly total: number;
}

/** Selects the ids of an organization's tasks that lists show. */
const shown = (organizationId: string) =>
  sql`select id from tasks where organization_id = ${organizationId} and historized_at is null`;

/** Tasks in the order of their ids: of one action, or of all; in whatever state, or in some. */
interface Group {
  readonly action?: string;
  /** What it has tasks of. */
  readonly counts: readonly TaskCount[];
}

interface Slice {
  readonly limit: number;
  readonly offset: number;
  readonly descending: boolean;
}

/** A page of tasks and how many there are in all. */
export async function listTasks(db: Queryable, query: TaskQuery): Promise<TaskListPage> {
  return (await nearPage(db, query)) ?? (await anyPage(db, query));
}

/**
 * Pages that end so near the beginning are found with one plan for all of them. For what it is not told, PostgreSQL plans to read
 * a tenth: of these that is no dearer than a page, of all tasks it would be.
 */
const NEAR = 200;

/** What nearly everybody asks for, the beginning of the list: the page and the number in one query, planned once. */
async function nearPage(db: Queryable, query: TaskQuery): Promise<TaskListPage | undefined> {
  const { organizationId, states, action, sort, limit, offset, descending } = query;
  if (sort !== 'createdAt' || offset + limit > NEAR) return undefined;
  // No index has all tasks of an action in order: only those of each status, which `anyPage` knows.
  if (action !== undefined && !states) return undefined;
  const ofAction = action === undefined ? raw('') : sql` and action = ${action}`;
  const conditions = [...begunByStatus(states ?? [])].map(([status, begun]) => {
    const ofStatus = sql`status = ${status}`;
    if (begun === undefined) return { task: sql`${ofAction} and ${ofStatus}`, count: ofStatus };
    const not = raw(begun ? '' : 'not ');
    return {
      task: sql`${ofAction} and ${ofStatus} and ${not}(started_at is not null)`,
      count: sql`${ofStatus} and ${not}started`,
    };
  });
  if (!states) conditions.push({ task: raw(''), count: raw('true') });
  const ids = conditions.map(({ task }) => sql`${shown(organizationId)}${task}`);
  const counted = conditions.map(({ count }) => count);
  const order = byId('id', descending);
  const page = await readPage(db, {
    ids: sql`select id from (select id from (${join(ids, ' union all ')}) matching ${order} limit ${raw(NEAR)}) near
      ${order} limit ${limit} offset ${offset}`,
    descending,
    total: sql`(select sum(tasks)::bigint from tasks_by_state(${organizationId}, ${action ?? null}::text) where ${join(counted, ' or ')})`,
    prepares: true,
  });
  if (page.tasks.length > 0) return page;
  return offset === 0 ? { tasks: [], total: 0 } : undefined;
}

/** Tasks by the query that selects their ids. */
interface PageToRead {
  readonly ids: Sql;
  /** In the order of their ids. */
  readonly descending: boolean;
  /** An expression for how many there are in all. */
  readonly total?: Sql;
  /** Whether such queries have few texts: see `prepared`. */
  readonly prepares: boolean;
}

const byId = (id: string, descending: boolean) => raw(`order by ${id} ${descending ? 'desc' : 'asc'}`);

/**
 * A list is asked for again and again, and most of its tasks are as they were: so it is read which they are now and in which version,
 * and they themselves only where one of these versions is not known.
 *
 * @returns `total` 0 where there are none
 */
async function readPage(
  db: Queryable,
  { ids, descending, total = raw('0'), prepares }: PageToRead,
): Promise<TaskListPage> {
  const query = (text: Sql) => (prepares ? prepared(text) : text);
  const known = knownTasks(db);
  const { rows: versions } = await db.query<{ id: string; version: number; total: number }>(
    query(
      sql`select id, version, ${total} as total from tasks where id = any(array(${ids})) ${byId('id', descending)}`,
    ),
  );
  const tasks = versions.flatMap(({ id, version }) => known.find(id, version) ?? []);
  if (tasks.length === versions.length) return { tasks, total: versions[0]?.total ?? 0 };
  // All of them, so that a page is of one moment.
  const { rows } = await db.query<TaskRow & { total: number }>(
    query(sql`select ${raw(TASK_COLUMNS)}, ${total} as total from ${raw(TASK_TABLES)}
      where t.id = any(array(${ids})) ${byId('t.id', descending)}`),
  );
  const read = rows.map(toTask);
  known.keep(read);
  return { tasks: read, total: rows[0]?.total ?? 0 };
}

/** Whether tasks that have begun are meant, of each status; `undefined`: both. */
function begunByStatus(states: readonly TaskState[]): Map<TaskStatus, boolean | undefined> {
  const begun = new Map<TaskStatus, boolean | undefined>();
  for (const { status, started } of states) {
    begun.set(status, begun.has(status) && begun.get(status) !== started ? undefined : started);
  }
  return begun;
}

/**
 * The number comes from the counts of the organization's kinds of tasks, so a list sorted by status or action is a row of groups of
 * known sizes, and of each group a page is found at the nearer end of an index.
 */
async function anyPage(db: Queryable, query: TaskQuery): Promise<TaskListPage> {
  const { organizationId, states, action, sort, limit, offset, descending } = query;
  const all = await countTasks(db, organizationId);
  const counts = all.filter(
    (count) => (!action || count.action === action) && (!states || states.some((state) => isIn(count, state))),
  );
  const total = sizeOf(counts);
  if (offset >= total) return { tasks: [], total };
  if (sort === 'updatedAt' || sort === 'name') return { tasks: await sortedTasks(db, sort, counts, query), total };
  const groups = groupsOf({ counts, ...(action && { action }) }, query);
  const tasks: Task[] = [];
  let before = 0;
  for (const group of descending ? groups.toReversed() : groups) {
    const size = sizeOf(group.counts);
    const skipped = Math.max(0, offset - before);
    before += size;
    if (skipped >= size) continue;
    const ids = idsOf(organizationId, group, all);
    tasks.push(...(await sliceOf(db, ids, size, { limit: limit - tasks.length, offset: skipped, descending })));
    if (tasks.length === limit) break;
  }
  return { tasks, total };
}

function isIn({ status, started }: TaskCount, state: TaskState): boolean {
  return state.status === status && (state.started ?? started) === started;
}

function sizeOf(counts: readonly TaskCount[]): number {
  return counts.reduce((sum, { tasks }) => sum + tasks, 0);
}

/** The groups that follow each other in the order that is asked for. */
function groupsOf(group: Group, { sort, statusOrder }: TaskQuery): Group[] {
  const { counts } = group;
  if (sort === 'status') {
    return statusOrder.map((states) => ({
      ...group,
      counts: counts.filter((count) => states.some((state) => isIn(count, state))),
    }));
  }
  if (sort !== 'action') return [group];
  const actions = [...new Set(counts.map(({ action }) => action))].sort();
  return actions.map((action) => ({ action, counts: counts.filter((count) => count.action === action) }));
}

/**
 * Selects the ids of a group's tasks: one index has them in order where it has all, else one for each status.
 *
 * @param all of the organization: what a condition need not exclude
 */
function idsOf(organizationId: string, { action, counts }: Group, all: readonly TaskCount[]): Sql {
  if (counts.length === all.length) return shown(organizationId);
  const ofAction = action === undefined ? raw('') : sql` and action = ${action}`;
  const statuses = [...new Set(counts.map(({ status }) => status))];
  const selects = statuses.map((status) => {
    const begun = (some: readonly TaskCount[]) =>
      new Set(some.filter((count) => count.status === status).map(({ started }) => started));
    const [started, ...both] = begun(counts);
    const needless = both.length > 0 || begun(all).size === 1;
    const ofBegun = raw(needless ? '' : ` and started_at is ${started ? 'not ' : ''}null`);
    return sql`${shown(organizationId)}${ofAction} and status = ${status}${ofBegun}`;
  });
  return join(selects, ' union all ');
}

/** A slice of tasks in the order of their ids, read from the nearer end. */
async function sliceOf(db: Queryable, ids: Sql, size: number, { limit, offset, descending }: Slice): Promise<Task[]> {
  const count = Math.min(limit, size - offset);
  const behind = size - offset - count;
  const fromEnd = behind < offset;
  const reversed = descending !== fromEnd;
  const { tasks } = await readPage(db, {
    ids: sql`select id from (${ids}) matching ${byId('id', reversed)} limit ${count} offset ${fromEnd ? behind : offset}`,
    descending: reversed,
    prepares: false,
  });
  return fromEnd ? tasks.reverse() : tasks;
}

/** Orders for which there is no index: each chunk of each task would have to change one, and the other is in two tables. */
export const SORTED = { updatedAt: 't.updated_at', name: `coalesce(f.original_name, '') collate "C"` } as const;

/** A page in one of these orders. */
async function sortedTasks(
  db: Queryable,
  sort: keyof typeof SORTED,
  counts: readonly TaskCount[],
  { organizationId, limit, offset, descending }: TaskQuery,
): Promise<Task[]> {
  const direction = raw(descending ? 'desc' : 'asc');
  const { rows } = await db.query<TaskRow>(
    sql`select ${raw(TASK_COLUMNS)} from ${raw(TASK_TABLES)} where t.organization_id = ${organizationId} and t.historized_at is null
       and (t.action, t.status, t.started_at is not null) in (select * from unnest(${counts.map(({ action }) => action)}::text[],
         ${counts.map(({ status }) => status)}::text[], ${counts.map(({ started }) => started)}::boolean[]))
     order by ${raw(SORTED[sort])} ${direction}, t.id ${direction} limit ${limit} offset ${offset}`,
  );
  return rows.map(toTask);
}
