import type { TaskStatus } from '../../task/lifecycle.ts';
import type { Origin } from '../../task/origins.ts';
import type { Operation } from '../../task/task.ts';
import { prepared, type Queryable } from '../connection/pool.ts';
import type { TaskState } from '../tasks/statuses.ts';
import { TASK_TABLES } from '../tasks/tasks.ts';
import { type Attribute, type AttributeSql, compileFilter, type TaskFilter } from './task-filter.ts';

/** The words of the dialect that searches: what is searched and sorted is what it shows. */
export interface Vocabulary {
  /** The states that each of its statuses stands for. */
  readonly statuses: Readonly<Record<string, readonly TaskState[]>>;
  /** What it calls who does the work; an external task has its handler's own name. */
  readonly handlers: Readonly<Record<Exclude<Operation, 'external'>, string>>;
  /** What comes before a task's id in the URL of the file that it made. */
  readonly downloadUrl: string;
}

/** A task in the words of a dialect. */
export interface TaskEntry {
  readonly id: string;
  readonly handler: string;
  readonly userId: string;
  readonly entityId: string | null;
  /** The dialect's. */
  readonly status: string;
  /** Ours. */
  readonly state: TaskStatus;
  readonly operation: Operation;
  /** The dialect in which it was made. */
  readonly origin: Origin;
  /** JSON: what it is asked, and what came of it. */
  readonly request: string | null;
  readonly response: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

export interface IndexQuery {
  readonly organizationId: string;
  readonly filter: TaskFilter;
  /** Whether those that are historized are meant as well. */
  readonly history: boolean;
}

export interface IndexPage {
  readonly sort: Attribute;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** `$1` is the organization, `$2` the `downloadUrl`, `$3` the history. */
const FIRST_FREE = 4;

// What a task that runs here was told, and what came of it, as JSON. What has no value is left out.
const REQUEST = `case t.operation
  when 'external' then t.request
  when 'export' then jsonb_build_object('resource', substr(t.action, length('export-') + 1)) || t.config
  when 'act' then jsonb_build_object('action', t.action) || t.config
  else jsonb_strip_nulls(jsonb_build_object('action', t.action, 'file', f.key)) || t.config end`;
const RESPONSE = `case
  when t.operation = 'external' then t.response
  when t.status in ('failed', 'cancelled') then jsonb_build_object('error', t.error)
  when t.status <> 'completed' then null
  when t.operation = 'export' then jsonb_strip_nulls(jsonb_build_object('file', r.key, 'rows', t.progress,
    'url', case when r.id is not null then $2::text || t.id end))
  else jsonb_build_object('items', t.items, 'inserts', t.inserts, 'updates', t.updates, 'skips', t.skips, 'errors', t.errors) end`;

/** What was given as text is shown as it was given; jsonb has neither its spaces nor how its numbers are written. */
const asGiven = (member: 'request' | 'response', json: string) =>
  `coalesce(case t.operation when 'external' then t.${member}_text end, ${compact(json)})`;

/** JSON without the spaces that PostgreSQL writes between its parts; those inside strings stay. */
const compact = (json: string) =>
  String.raw`regexp_replace((${json})::text, '("(?:[^"\\]|\\.)*")|([:,]) ', '\1\2', 'g')`;

const TIME = { createdAt: 't.created_at', updatedAt: 't.updated_at' } as const;
const day = (time: string) => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD')`;

function attributes({ statuses, handlers }: Vocabulary): AttributeSql {
  const handler = Object.entries(handlers).map(([name, word]) => `when '${name}' then ${literal(word)}`);
  return {
    text: {
      taskId: 't.id::text',
      handler: `(case t.operation ${handler.join(' ')} else t.action end)`,
      userId: `coalesce(t.user_id, t.created_by->>'id')`,
      entityId: 't.entity_id',
      status: `(case ${Object.entries(statuses).flatMap(statusCases).join(' ')} end)`,
      request: asGiven('request', REQUEST),
      response: asGiven('response', RESPONSE),
      createdAt: day(TIME.createdAt),
      updatedAt: day(TIME.updatedAt),
    },
    json: { request: `(${REQUEST})`, response: `(${RESPONSE})` },
    time: TIME,
  };
}

function statusCases([word, states]: readonly [string, readonly TaskState[]]): string[] {
  return states.map(({ status, started }) => {
    const begun = started === undefined ? '' : ` and t.started_at is ${started ? 'not ' : ''}null`;
    return `when t.status = '${status}'${begun} then ${literal(word)}`;
  });
}

/** A word of a dialect as SQL. */
function literal(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}

const IN_ORGANIZATION = 't.organization_id = $1 and ($3 or t.historized_at is null)';

function scope(query: IndexQuery, vocabulary: Vocabulary): unknown[] {
  return [query.organizationId, vocabulary.downloadUrl, query.history];
}

/** How many tasks match. */
export async function countEntries(db: Queryable, vocabulary: Vocabulary, query: IndexQuery): Promise<number> {
  const { condition, values } = compileFilter(attributes(vocabulary), query.filter, FIRST_FREE);
  const { rows } = await db.query<{ total: number }>(
    // $2 is used by filters of the response alone, and PostgreSQL wants to know its type.
    `select count(*) as total from ${TASK_TABLES} where ${IN_ORGANIZATION} and ($2::text is not null) and ${condition}`,
    [...scope(query, vocabulary), ...values],
  );
  return rows[0]?.total ?? 0;
}

/** Ids of a page of the tasks that match, in its order; what has no value comes before what has. */
export async function listEntryIds(
  db: Queryable,
  vocabulary: Vocabulary,
  query: IndexQuery,
  page: IndexPage,
): Promise<string[]> {
  const sql = attributes(vocabulary);
  const { condition, values } = compileFilter(sql, query.filter, FIRST_FREE + 2);
  const direction = page.descending ? 'desc nulls last' : 'asc nulls first';
  const { sort } = page;
  const order = sort === 'createdAt' || sort === 'updatedAt' ? sql.time[sort] : `${sql.text[sort]} collate "C"`;
  const { rows } = await db.query<{ id: string }>(
    `select t.id from ${TASK_TABLES} where ${IN_ORGANIZATION} and ($2::text is not null) and ${condition}
     order by ${order} ${direction}, t.id ${direction} limit $${FIRST_FREE} offset $${FIRST_FREE + 1}`,
    [...scope(query, vocabulary), page.limit, page.offset, ...values],
  );
  return rows.map(({ id }) => id);
}

/** Those of the tasks that are (still) there, in the order of their ids in `ids`. */
export async function readEntries(
  db: Queryable,
  vocabulary: Vocabulary,
  query: Omit<IndexQuery, 'filter'> & { readonly ids: readonly string[] },
): Promise<TaskEntry[]> {
  const { text } = attributes(vocabulary);
  const { rows } = await db.query<TaskEntry>(
    prepared(
      `select t.id, t.operation, t.origin, t.status as state, t.version, t.created_at as "createdAt", t.updated_at as "updatedAt",
       ${text.handler} as handler, ${text.userId} as "userId", ${text.entityId} as "entityId", ${text.status} as status,
       ${text.request} as request, ${text.response} as response
     from ${TASK_TABLES} where ${IN_ORGANIZATION} and t.id = any($4) order by array_position($4::uuid[], t.id)`,
      [query.organizationId, vocabulary.downloadUrl, query.history, query.ids],
    ),
  );
  return rows;
}
