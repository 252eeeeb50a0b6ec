import type { TaskStatus } from '../../task/lifecycle.ts';
import type { Origin } from '../../task/origins.ts';
import type { Operation } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { join, literal, raw, type Sql, sql, statement } from '../connection/sql.ts';
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

// What a task that runs here was told, and what came of it, as JSON. What has no value is left out.
const REQUEST = sql`case t.operation
  when 'external' then t.request
  when 'export' then jsonb_build_object('resource', substr(t.action, length('export-') + 1)) || t.config
  when 'act' then jsonb_build_object('action', t.action) || t.config
  else jsonb_strip_nulls(jsonb_build_object('action', t.action, 'file', f.key)) || t.config end`;
const responseOf = (downloadUrl: unknown) => sql`case
  when t.operation = 'external' then t.response
  when t.status in ('failed', 'cancelled') then jsonb_build_object('error', t.error)
  when t.status <> 'completed' then null
  when t.operation = 'export' then jsonb_strip_nulls(jsonb_build_object('file', r.key, 'rows', t.progress,
    'url', case when r.id is not null then ${downloadUrl}::text || t.id end))
  else jsonb_strip_nulls(jsonb_build_object('items', t.items, 'inserts', t.inserts, 'updates', t.updates,
    'deletes', nullif(t.deletes, 0), 'skips', t.skips, 'errors', t.errors)) end`;

/** What was given as text is shown as it was given; jsonb has neither its spaces nor how its numbers are written. */
const asGiven = (text: Sql, json: Sql) =>
  sql`coalesce(case t.operation when 'external' then ${text} end, ${compact(json)})`;

/** JSON without the spaces that PostgreSQL writes between its parts; those inside strings stay. */
const compact = (json: Sql) => sql`regexp_replace((${json})::text, ${SPACES}, 'g')`;
const SPACES = raw(String.raw`'("(?:[^"\\]|\\.)*")|([:,]) ', '\1\2'`);

const TIME = { createdAt: raw('t.created_at'), updatedAt: raw('t.updated_at') } as const;
const day = (time: Sql) => sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD')`;

/** @param downloadUrl the vocabulary's, or the parameter that it is */
function attributes({ statuses, handlers }: Vocabulary, downloadUrl: unknown): AttributeSql {
  const response = responseOf(downloadUrl);
  const handler = Object.entries(handlers).map(([name, word]) => sql`when ${literal(name)} then ${literal(word)}`);
  return {
    text: {
      taskId: sql`t.id::text`,
      handler: sql`(case t.operation ${join(handler, ' ')} else t.action end)`,
      userId: sql`coalesce(t.user_id, t.created_by->>'id')`,
      entityId: sql`t.entity_id`,
      status: sql`(case ${join(Object.entries(statuses).flatMap(statusCases), ' ')} end)`,
      request: asGiven(raw('t.request_text'), REQUEST),
      response: asGiven(raw('t.response_text'), response),
      createdAt: day(TIME.createdAt),
      updatedAt: day(TIME.updatedAt),
    },
    json: { request: sql`(${REQUEST})`, response: sql`(${response})` },
    time: TIME,
  };
}

function statusCases([word, states]: readonly [string, readonly TaskState[]]): Sql[] {
  return states.map(({ status, started }) => {
    const begun = started === undefined ? '' : ` and t.started_at is ${started ? 'not ' : ''}null`;
    return sql`when t.status = ${literal(status)}${raw(begun)} then ${literal(word)}`;
  });
}

/** The tasks of an organization; with `history` those that are historized as well. */
const within = (organizationId: unknown, history: unknown) =>
  sql`${raw(TASK_TABLES)} where t.organization_id = ${organizationId} and (${history} or t.historized_at is null)`;

/** How many tasks match. */
export async function countEntries(
  db: Queryable,
  vocabulary: Vocabulary,
  { organizationId, history, filter }: IndexQuery,
): Promise<number> {
  const condition = compileFilter(attributes(vocabulary, vocabulary.downloadUrl), filter);
  const { rows } = await db.query<{ total: number }>(
    sql`select count(*) as total from ${within(organizationId, history)} and ${condition}`,
  );
  return rows[0]?.total ?? 0;
}

/** Ids of a page of the tasks that match, in its order; what has no value comes before what has. */
export async function listEntryIds(
  db: Queryable,
  vocabulary: Vocabulary,
  { organizationId, history, filter }: IndexQuery,
  { sort, descending, limit, offset }: IndexPage,
): Promise<string[]> {
  const { text, time, json } = attributes(vocabulary, vocabulary.downloadUrl);
  const direction = raw(descending ? 'desc nulls last' : 'asc nulls first');
  const order = sort === 'createdAt' || sort === 'updatedAt' ? time[sort] : sql`${text[sort]} collate "C"`;
  const { rows } = await db.query<{ id: string }>(
    sql`select t.id from ${within(organizationId, history)} and ${compileFilter({ text, time, json }, filter)}
     order by ${order} ${direction}, t.id ${direction} limit ${limit} offset ${offset}`,
  );
  return rows.map(({ id }) => id);
}

/** Those of the tasks that are (still) there, in the order of their ids in `ids`. */
export async function readEntries(
  db: Queryable,
  vocabulary: Vocabulary,
  { organizationId, history, ids }: Omit<IndexQuery, 'filter'> & { readonly ids: readonly string[] },
): Promise<TaskEntry[]> {
  const { downloadUrl } = vocabulary;
  const { rows } = await db.query<TaskEntry>(readingOf(vocabulary)({ organizationId, downloadUrl, history, ids }));
  return rows;
}

type Reading = Record<'organizationId' | 'downloadUrl' | 'history' | 'ids', unknown>;

const readings = new WeakMap<Vocabulary, ReturnType<typeof statement<Reading>>>();

/** What reads tasks in the words of a dialect, put together once. */
function readingOf(vocabulary: Vocabulary): ReturnType<typeof statement<Reading>> {
  const known = readings.get(vocabulary);
  if (known) return known;
  const reading = statement<Reading>(($) => {
    const { text } = attributes(vocabulary, $.downloadUrl);
    return sql`select t.id, t.operation, t.origin, t.status as state, t.version, t.created_at as "createdAt", t.updated_at as "updatedAt",
       ${text.handler} as handler, ${text.userId} as "userId", ${text.entityId} as "entityId", ${text.status} as status,
       ${text.request} as request, ${text.response} as response
     from ${within($.organizationId, $.history)} and t.id = any(${$.ids}) order by array_position(${$.ids}::uuid[], t.id)`;
  });
  readings.set(vocabulary, reading);
  return reading;
}
