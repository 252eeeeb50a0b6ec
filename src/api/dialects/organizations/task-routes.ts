import type { FastifyRequest } from 'fastify';
import { createdBy } from '../../../auth/principal.ts';
import { cancelTask } from '../../../service/control/cancel-task.ts';
import { deleteTask } from '../../../service/control/delete-task.ts';
import { pauseTask } from '../../../service/control/pause-task.ts';
import { resumeTask } from '../../../service/control/resume-task.ts';
import { type AskedTask, type Asker, mayReadLines } from '../../../service/platform/rights.ts';
import { notFound } from '../../../service/platform/service-error.ts';
import { getFirstLines, getTask } from '../../../service/tasks/get-task.ts';
import { HELD, walkPage } from '../../../service/tasks/list-tasks.ts';
import { parseId, toHex24 } from '../../../task/ids.ts';
import type { Task } from '../../../task/task.ts';
import type { ApiContext } from '../../context.ts';
import { textBody } from '../../http/answers/stream-text.ts';
import { matchesEtag } from '../../http/headers/response/etag.ts';
import { retryAfter } from '../../http/headers/response/retry-after.ts';
import { pollHeaders } from '../../request-schemas.ts';
import type { App } from '../../zod.ts';
import {
  conflict,
  deletedEnvelope,
  failures,
  listQuery,
  MAX_LIMIT,
  noBody,
  organizationParams,
  paging,
  taskEnvelope,
  taskPage,
  taskParams,
  taskQuery,
  task as taskSchema,
} from './schema.ts';
import { statesOf, statusOrder } from './states.ts';
import { type FirstLines, NO_LINES, toPaging, toWire, type WireTask, writePage } from './wire.ts';

/** The task that the path names. Invalid ids are not found. */
export function taskRef(request: FastifyRequest): AskedTask {
  const { bulkTaskId } = request.params as { bulkTaskId: string };
  const id = parseId(bulkTaskId);
  if (!id) throw notFound();
  return { organizationId: request.organizationId, id, asker: askerOf(request) };
}

function askerOf({ principal }: FastifyRequest): Asker {
  return { permissions: principal.permissions, through: 'organizations' };
}

/** The task object with the first lines of its report, where the asker may read them. */
export async function withLines(context: ApiContext, task: Task, asker: Asker): Promise<WireTask> {
  const lines = await firstLines(context, [task], asker);
  return toWire(task, lines(task));
}

/** @returns the lines of a task; none where the asker may not read them: empty lists would say that nothing was skipped */
async function firstLines(context: ApiContext, tasks: readonly Task[], asker: Asker) {
  const lines = await getFirstLines(context, tasks, { asker, limit: MAX_LIMIT });
  return (task: Task) => (mayReadLines(asker, task) ? (lines.get(task.id) ?? NO_LINES) : undefined);
}

/** Reading: the list and a single task. */
export function readingRoutes(scope: App, context: ApiContext): void {
  scope.get(
    '/bulk-tasks',
    {
      config: { permission: 'base.bulk.management.list', summary: 'List tasks' },
      schema: { params: organizationParams, querystring: listQuery, response: { 200: taskPage, ...failures } },
    },
    async (request, reply) => {
      const { page, limit, sort, status, action, q, errors, lines } = request.query;
      const { total, tasks } = await walkPage(context, {
        organizationId: request.organizationId,
        ...(status && { states: statesOf(status) }),
        ...(action && { action }),
        ...(q && { text: q }),
        ...(errors && { withErrors: true }),
        sort: sort.field,
        descending: sort.descending,
        statusOrder,
        limit,
        offset: (page - 1) * limit,
      });
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
      const texts = lines ? withFirstLines(context, tasks, askerOf(request)) : withoutLines(tasks);
      const { organizationId } = request;
      return reply.send(
        await textBody(writePage(texts, paging.parse(toPaging({ page, limit, total }))), {
          organizationId,
          long: lines && limit > HELD,
        }),
      );
    },
  );

  scope.get(
    '/bulk-tasks/:bulkTaskId',
    {
      config: { permission: 'base.bulk.management.get', summary: 'Get a task' },
      schema: {
        params: taskParams,
        querystring: taskQuery,
        headers: pollHeaders,
        response: { 200: taskEnvelope, 304: noBody, ...failures },
      },
    },
    async (request, reply) => {
      const ref = taskRef(request);
      const task = await getTask(context, ref);
      const etag = mayReadLines(ref.asker, task) ? `"${task.version}"` : `"${task.version}-brief"`;
      reply.headers({ etag, 'cache-control': 'no-cache', ...retryAfter(task) });
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return { status: true, data: request.query.lines ? await withLines(context, task, ref.asker) : toWire(task) };
    },
  );
}

/** Lines that are held at the same time. 300 tasks with 1,000 errored lines each cost 370 MB at once. */
const TOGETHER = 2 * MAX_LIMIT;

/** The task objects of a page as JSON, made a few at a time: so that little is in memory while a slow client reads. */
async function* withFirstLines(
  context: ApiContext,
  tasks: AsyncIterable<readonly Task[]>,
  asker: Asker,
): AsyncGenerator<string> {
  for await (const read of tasks) {
    for (const some of byLines(read)) {
      const lines = await firstLines(context, some, asker);
      for (const task of some) yield textOf(task, lines(task));
    }
  }
}

/** Texts of tasks with and without empty lists of lines: a list is asked for again and again, and most of its tasks are the same. */
const written = { withLists: new WeakMap<Task, string>(), without: new WeakMap<Task, string>() };

/** The task object as JSON. */
function textOf(task: Task, lines?: FirstLines): string {
  if (lines && lines !== NO_LINES) return write(task, lines);
  const texts = lines ? written.withLists : written.without;
  const text = texts.get(task) ?? write(task, lines);
  texts.set(task, text);
  return text;
}

function write(task: Task, lines: FirstLines | undefined): string {
  return JSON.stringify(taskSchema.parse(toWire(task, lines)));
}

/** One text for many tasks: each goes through three generators. */
async function* withoutLines(tasks: AsyncIterable<readonly Task[]>): AsyncGenerator<string> {
  for await (const some of tasks) {
    if (some.length > 0) yield some.map((task) => textOf(task)).join();
  }
}

/** Cuts a page where there are enough lines to be read at once. */
function* byLines(tasks: readonly Task[]): Generator<Task[]> {
  let some: Task[] = [];
  let lines = 0;
  for (const task of tasks) {
    some.push(task);
    lines += Math.min(task.counters.skips, MAX_LIMIT) + Math.min(task.counters.errors, MAX_LIMIT);
    if (lines < TOGETHER) continue;
    yield some;
    some = [];
    lines = 0;
  }
  if (some.length > 0) yield some;
}

/** Steering a task: cancel, pause, resume, delete. */
export function steeringRoutes(scope: App, context: ApiContext): void {
  const verbs = {
    cancel: {
      summary: 'Cancel a task',
      steer: (request: FastifyRequest) => cancelTask(context, taskRef(request), createdBy(request.principal)),
    },
    pause: {
      summary: 'Pause a task',
      steer: (request: FastifyRequest) => pauseTask(context, taskRef(request)),
    },
    resume: {
      summary: 'Resume a task',
      steer: (request: FastifyRequest) => resumeTask(context, taskRef(request)),
    },
  };
  for (const [verb, { summary, steer }] of Object.entries(verbs)) {
    scope.post(
      `/bulk-tasks/:bulkTaskId/${verb}`,
      {
        config: { permission: 'base.bulk.management.update', summary, use: 'steer' },
        schema: { params: taskParams, response: { 200: taskEnvelope, ...failures, ...conflict } },
      },
      async (request, reply) => {
        const task = await steer(request);
        reply.headers({ 'cache-control': 'no-store', ...retryAfter(task) });
        return { status: true, data: await withLines(context, task, askerOf(request)) };
      },
    );
  }

  scope.delete(
    '/bulk-tasks/:bulkTaskId',
    {
      config: { permission: 'base.bulk.management.delete', summary: 'Delete a task that has ended', use: 'remove' },
      schema: { params: taskParams, response: { 200: deletedEnvelope, ...failures, ...conflict } },
    },
    async (request) => {
      const task = taskRef(request);
      await deleteTask(context, task);
      return { status: true, data: { id: toHex24(task.id) } };
    },
  );
}
