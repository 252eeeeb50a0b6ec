import type { TaskStatus } from '../task/lifecycle.ts';
import { sourcesOf } from '../task/lifecycle.ts';
import type { ImportConfig, StoredFile, Submitter, Task, TaskFailure } from '../task/task.ts';
import type { Queryable } from './pool.ts';

/** NOTIFY channel on which every visible change of a task is announced; the payload is the task's id. */
export const TASK_CHANNEL = 'openbulk_task';

interface TaskRow {
  id: string;
  organization_id: string;
  action: string;
  status: TaskStatus;
  config: ImportConfig;
  created_by: Submitter;
  created_at: Date;
  updated_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  version: number;
  items: number;
  inserts: number;
  updates: number;
  skips: number;
  errors: number;
  consumed_bytes: number;
  warnings: string[];
  error: TaskFailure | null;
  file: StoredFile | null;
}

/** What a query must select to make a `Task` of its rows; `t` is the task, `f` its file. */
export const TASK_COLUMNS = `t.id, t.organization_id, t.action, t.status, t.config, t.created_by, t.created_at, t.updated_at,
  t.started_at, t.finished_at, t.version, t.items, t.inserts, t.updates, t.skips, t.errors, t.consumed_bytes, t.warnings, t.error,
  case when f.id is not null then jsonb_build_object('id', f.id, 'key', f.key, 'originalName', f.original_name,
    'mimetype', f.mimetype, 'size', f.size, 'sha256', f.sha256) end as file`;

export function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    organizationId: row.organization_id,
    action: row.action,
    status: row.status,
    config: row.config,
    ...(row.file && { file: row.file }),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.started_at && { startedAt: row.started_at }),
    ...(row.finished_at && { finishedAt: row.finished_at }),
    version: row.version,
    counters: { items: row.items, inserts: row.inserts, updates: row.updates, skips: row.skips, errors: row.errors },
    consumedBytes: row.consumed_bytes,
    warnings: row.warnings,
    ...(row.error && { error: row.error }),
  };
}

export interface NewTask {
  readonly id: string;
  readonly organizationId: string;
  readonly action: string;
  readonly config: ImportConfig;
  readonly fileId: string;
  readonly createdBy: Submitter;
}

export async function insertTask(db: Queryable, task: NewTask): Promise<void> {
  await db.query(
    `insert into tasks (id, organization_id, action, config, file_id, created_by) values ($1, $2, $3, $4, $5, $6)`,
    [task.id, task.organizationId, task.action, task.config, task.fileId, task.createdBy],
  );
}

/** The task of that organization; `undefined` when there is none, or it is another's. */
export async function findTask(db: Queryable, organizationId: string, id: string): Promise<Task | undefined> {
  const { rows } = await db.query<TaskRow>(
    `select ${TASK_COLUMNS} from tasks t left join files f on f.id = t.file_id where t.organization_id = $1 and t.id = $2`,
    [organizationId, id],
  );
  return rows[0] && toTask(rows[0]);
}

/** Sortable fields of a list of tasks; `createdAt` is the order of ids. */
export type TaskSort = 'createdAt' | 'updatedAt' | 'status' | 'action';

/** The tasks of a status; with `started`, only those that a worker has begun, or only those that none has. */
export interface TaskState {
  readonly status: TaskStatus;
  readonly started?: boolean;
}

export interface TaskQuery {
  readonly organizationId: string;
  /** Tasks in any of these; in whatever state when not given. */
  readonly states?: readonly TaskState[];
  readonly action?: string;
  readonly sort: TaskSort;
  /** For `sort: 'status'`: groups of states in ascending order. A dialect sorts by its own spelling, not by ours. */
  readonly statusOrder: readonly (readonly TaskState[])[];
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

const MATCHES = `s.status = t.status and (s.started is null or s.started = (t.started_at is not null))`;
// `= any` beside `exists`, since only it can use the index on the status.
const FILTER = `t.organization_id = $1 and ($4::text is null or t.action = $4) and ($2::text[] is null or
  (t.status = any($2) and exists (select from unnest($2::text[], $3::boolean[]) s(status, started) where ${MATCHES})))`;

const ORDER = {
  createdAt: 't.id',
  updatedAt: 't.updated_at',
  status: `(select min(s.rank) from unnest($7::text[], $8::boolean[], $9::integer[]) s(status, started, rank) where ${MATCHES})`,
  action: 't.action',
} as const satisfies Record<TaskSort, string>;

/** A page of tasks and how many there are in all. */
export async function listTasks(db: Queryable, query: TaskQuery): Promise<{ tasks: Task[]; total: number }> {
  const { states } = query;
  const filter = [query.organizationId, ...(states ? columnsOf(states) : [null, null]), query.action ?? null];
  const ranked =
    query.sort === 'status'
      ? query.statusOrder.flatMap((group, rank) => group.map((s) => [s, rank] as const))
      : undefined;
  const ranks = ranked ? [...columnsOf(ranked.map(([state]) => state)), ranked.map(([, rank]) => rank)] : [];
  const direction = query.descending ? 'desc' : 'asc';
  const { rows } = await db.query<TaskRow>(
    `select ${TASK_COLUMNS} from tasks t left join files f on f.id = t.file_id where ${FILTER}
     order by ${ORDER[query.sort]} ${direction}, t.id ${direction} limit $5 offset $6`,
    [...filter, query.limit, query.offset, ...ranks],
  );
  const { rows: counted } = await db.query<{ total: number }>(
    `select count(*) as total from tasks t where ${FILTER}`,
    filter,
  );
  return { tasks: rows.map(toTask), total: counted[0]?.total ?? 0 };
}

function columnsOf(states: readonly TaskState[]): [TaskStatus[], (boolean | null)[]] {
  return [states.map(({ status }) => status), states.map(({ started }) => started ?? null)];
}

/** How many tasks wait for a worker or are with one, of all organizations; read from an index that holds only these. */
export async function countRunnable(db: Queryable): Promise<{ pending: number; running: number }> {
  const { rows } = await db.query<{ status: 'pending' | 'running'; count: number }>(
    `select status, count(*) as count from tasks where status in ('pending', 'running') group by status`,
  );
  const counts = { pending: 0, running: 0 };
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}

/**
 * Moves a task along its life cycle, and announces it. A worker that has it finds its fence gone and writes nothing more.
 *
 * @returns whether it moved: `false` when it is not there or the life cycle does not allow the step
 */
export async function moveTask(
  db: Queryable,
  move: {
    readonly organizationId: string;
    readonly id: string;
    readonly to: TaskStatus;
    readonly from?: readonly TaskStatus[];
    readonly failure?: TaskFailure;
  },
): Promise<boolean> {
  const from = sourcesOf(move.to).filter((status) => !move.from || move.from.includes(status));
  const { rows } = await db.query(
    `update tasks set status = $3, error = coalesce($4, error), lease_until = null, version = version + 1, updated_at = clock_timestamp(),
       finished_at = case when $3 in ('completed', 'failed', 'cancelled') then clock_timestamp() end
     where organization_id = $1 and id = $2 and status = any($5)
     returning pg_notify('${TASK_CHANNEL}', id::text)`,
    [move.organizationId, move.id, move.to, move.failure ?? null, from],
  );
  return rows.length > 0;
}

/** Removes a task that is over, with its ledger. @returns the file that nothing needs any more, if it had one */
export async function deleteTask(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<{ fileKey?: string } | undefined> {
  const { rows } = await db.query<{ file_id: string | null }>(
    `delete from tasks where organization_id = $1 and id = $2 and status in ('completed', 'failed', 'cancelled') returning file_id`,
    [organizationId, id],
  );
  if (!rows[0]) return undefined;
  const { rows: files } = await db.query<{ key: string }>(
    `delete from files f where id = $1 and not exists (select from tasks where file_id = f.id) returning key`,
    [rows[0].file_id],
  );
  return files[0] ? { fileKey: files[0].key } : {};
}

/** What the first slice found out about a task's input; `undefined` before it. */
export async function findPlan(db: Queryable, taskId: string): Promise<unknown> {
  const { rows } = await db.query<{ plan: unknown }>('select plan from tasks where id = $1', [taskId]);
  return rows[0]?.plan ?? undefined;
}
