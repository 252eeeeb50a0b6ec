import type { GivenJson } from '../../task/json/exact-json.ts';
import { isTerminal, sourcesOf, type TaskStatus } from '../../task/lifecycle.ts';
import type { Origin } from '../../task/origins.ts';
import type { StoredFile, Submitter, Task, TaskFailure, TaskWork } from '../../task/task.ts';
import type { TraceContext } from '../../task/trace-context.ts';
import type { Queryable, Transaction } from '../connection/pool.ts';
import { raw, sql, statement } from '../connection/sql.ts';
import { forgetFiles, lockFilesOf } from '../files/files.ts';
import { TERMINAL } from './statuses.ts';

/** NOTIFY channel on which every visible change of a task is announced; the payload is the task's id. */
export const TASK_CHANNEL = 'openbulk_task';

export type TaskRow = TaskWork & {
  id: string;
  organization_id: string;
  action: string;
  resource_id: string | null;
  status: TaskStatus;
  origin: Origin;
  created_by: Submitter;
  parent_id: string | null;
  created_at: Date;
  updated_at: Date;
  status_changed_at: Date;
  scheduled_at: Date | null;
  started_at: Date | null;
  finished_at: Date | null;
  planned: boolean;
  version: number;
  items: number;
  inserts: number;
  updates: number;
  deletes: number;
  skips: number;
  errors: number;
  progress: number;
  progress_total: number | null;
  warnings: string[];
  error: TaskFailure | null;
  historized_at: Date | null;
  purged_at: Date | null;
  file: StoredFile | null;
  result: StoredFile | null;
};

/** A file as `StoredFile`; `f` is a row of `files`, or null. */
export const FILE_JSON = (
  f: string,
) => `case when ${f}.id is not null then json_build_object('id', ${f}.id, 'key', ${f}.key,
    'originalName', ${f}.original_name, 'mimetype', ${f}.mimetype, 'size', ${f}.size, 'sha256', ${f}.sha256) end`;

/** What a query must select to make a `Task` of its rows. */
export const TASK_COLUMNS = `t.id, t.organization_id, t.operation, t.action, t.resource_id, t.status, t.origin, t.config, t.created_by,
  t.parent_id, t.created_at, t.updated_at, t.status_changed_at, t.scheduled_at,
  t.started_at, t.finished_at, t.plan is not null as planned, t.version, t.items, t.inserts, t.updates, t.deletes, t.skips, t.errors,
  t.progress, t.progress_total, t.warnings, t.error, t.historized_at, t.purged_at,
  ${FILE_JSON('f')} as file, ${FILE_JSON('r')} as result`;

/** Where `TASK_COLUMNS` come from: `t` is the task, `f` the file it works on, `r` the one it made. */
export const TASK_TABLES = 'tasks t left join files f on f.id = t.file_id left join files r on r.id = t.result_file_id';

export function toTask(row: TaskRow): Task {
  const { operation, config } = row;
  return {
    ...({ operation, config } as TaskWork),
    id: row.id,
    organizationId: row.organization_id,
    action: row.action,
    status: row.status,
    origin: row.origin,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    statusChangedAt: row.status_changed_at,
    planned: row.planned,
    version: row.version,
    counters: {
      ...{ items: row.items, inserts: row.inserts, updates: row.updates, deletes: row.deletes },
      ...{ skips: row.skips, errors: row.errors },
    },
    progress: { done: row.progress, ...(row.progress_total !== null && { total: row.progress_total }) },
    warnings: row.warnings,
    ...given({
      resourceId: row.resource_id,
      file: row.file,
      result: row.result,
      parentId: row.parent_id,
      scheduledAt: row.scheduled_at,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      error: row.error,
      historizedAt: row.historized_at,
      purgedAt: row.purged_at,
    }),
  };
}

/** `members` without those that are null: an optional member is absent. */
function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present: { [K in keyof T]?: NonNullable<T[K]> } = {};
  for (const name in members) {
    const value = members[name];
    if (value !== null && value !== undefined) present[name] = value;
  }
  return present;
}

export type NewTask = TaskWork & {
  readonly id: string;
  readonly organizationId: string;
  readonly action: string;
  /** The version of its resource, where that was declared. */
  readonly resourceId?: string;
  readonly origin: string;
  readonly createdBy: Submitter;
  /** Whom and what it is about, in the submitter's words. */
  readonly userId?: string;
  readonly entityId?: string;
  /** Of an external task: what its handler is asked. */
  readonly request?: GivenJson;
  /** What it works on, and how much that is, where this is known: `Progress`. */
  readonly fileId?: string;
  readonly progressTotal?: number;
  readonly parentId?: string;
  /** With it the task waits for its time. */
  readonly scheduledAt?: Date;
  /** Of the request that makes it, where that is traced. */
  readonly traceContext?: TraceContext;
};

export async function insertTask(db: Queryable, task: NewTask): Promise<void> {
  await db.query(
    INSERT({
      ...task,
      request: task.request ? JSON.stringify(task.request.value) : undefined,
      requestText: task.request?.text,
    }),
  );
}

// What is not given is null.
const INSERT = statement<Partial<Record<keyof NewTask | 'requestText', unknown>>>(
  ($) => sql`
  insert into tasks (id, organization_id, operation, action, origin, config, file_id, progress_total, parent_id, created_by,
    user_id, entity_id, request, request_text, scheduled_at, trace_context, resource_id, status)
  values (${$.id}, ${$.organizationId}, ${$.operation}, ${$.action}, ${$.origin}, ${$.config}, ${$.fileId}, ${$.progressTotal},
    ${$.parentId}, ${$.createdBy}, ${$.userId}, ${$.entityId}, ${$.request}, ${$.requestText}, ${$.scheduledAt},
    ${$.traceContext}, ${$.resourceId}, case when ${$.scheduledAt}::timestamptz is null then 'pending' else 'scheduled' end)`,
);

/**
 * The task of that organization; `undefined` if it does not exist or belongs to another organization.
 *
 * @param history whether one that is historized is meant as well
 */
export async function findTask(
  db: Queryable,
  organizationId: string,
  id: string,
  { history = false }: { readonly history?: boolean } = {},
): Promise<Task | undefined> {
  const { rows } = await db.query<TaskRow>(FIND({ organizationId, id, history }));
  return rows[0] && toTask(rows[0]);
}

const FIND = statement<{ organizationId: string; id: string; history: boolean }>(
  ($) => sql`
  select ${raw(TASK_COLUMNS)} from ${raw(TASK_TABLES)}
  where t.organization_id = ${$.organizationId} and t.id = ${$.id} and (${$.history} or t.historized_at is null)`,
);

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
  const from = sourcesOf(move.to, move.from);
  const { rows } = await db.query(
    `update tasks set status = $3, error = coalesce($4, error), lease_until = null, version = version + 1,
       updated_at = clock_timestamp(), status_changed_at = clock_timestamp(),
       finished_at = case when $6 then clock_timestamp() end
     where organization_id = $1 and id = $2 and status = any($5) and historized_at is null
     returning pg_notify('${TASK_CHANNEL}', id::text)`,
    [move.organizationId, move.id, move.to, move.failure ?? null, from, isTerminal(move.to)],
  );
  return rows.length > 0;
}

/**
 * Deletes an ended task with its ledger and those of its files that no other task uses.
 *
 * @returns the keys of the files that no task uses any more; `undefined` if there is no such ended task
 */
export async function deleteTask(
  tx: Transaction,
  organizationId: string,
  id: string,
): Promise<{ readonly fileKeys: string[] } | undefined> {
  await tx.query('select from tasks where id = $1 for update', [id]);
  await lockFilesOf(tx, [id]);
  const { rows } = await tx.query<{ files: string[] }>(
    `delete from tasks where organization_id = $1 and id = $2 and ${TERMINAL}
       and historized_at is null returning array_remove(array[file_id, result_file_id], null) as files`,
    [organizationId, id],
  );
  return rows[0] && { fileKeys: await forgetFiles(tx, rows[0].files) };
}

/** What the first slice found out about a task's input; `undefined` before it. */
export async function findPlan(db: Queryable, taskId: string): Promise<unknown> {
  const { rows } = await db.query<{ plan: unknown }>('select plan from tasks where id = $1', [taskId]);
  return rows[0]?.plan ?? undefined;
}
