import type { FastifyRequest } from 'fastify';
import { createdBy } from '../../../auth/principal.ts';
import { cancelTask } from '../../../service/control/cancel-task.ts';
import { historizeTask } from '../../../service/control/historize-task.ts';
import type { AskedTask, Asker } from '../../../service/platform/rights.ts';
import { notFound } from '../../../service/platform/service-error.ts';
import { getTask } from '../../../service/tasks/get-task.ts';
import { listActs } from '../../../service/tasks/list-acts.ts';
import { parseId, toHex24 } from '../../../task/ids.ts';
import type { Task } from '../../../task/task.ts';
import type { ApiContext } from '../../context.ts';
import { invalid } from '../../errors/failure.ts';
import { matchesEtag } from '../../http/headers/response/etag.ts';
import { retryAfter } from '../../http/headers/response/retry-after.ts';
import { pollHeaders } from '../../request-schemas.ts';
import type { App } from '../../zod.ts';
import { cancelled, deleted, failures, job, jobPage, jobParams, jobsQuery, noBody } from './schema.ts';
import { states } from './states.ts';
import { toWire } from './wire.ts';

/** Who asks. */
export function askerOf({ principal }: FastifyRequest): Asker {
  return { permissions: principal.permissions, through: 'actions' };
}

/** The job that the path names. Invalid ids are not found, nor are tasks that are not actions. */
async function findJob(context: ApiContext, request: FastifyRequest): Promise<Task & AskedTask> {
  const { id: given } = request.params as { id: string };
  const id = parseId(given);
  if (!id) throw notFound();
  const task = await getTask(context, { organizationId: request.organizationId, id });
  if (task.operation !== 'act') throw notFound();
  return { ...task, asker: askerOf(request) };
}

/** All jobs, newest first. */
export function jobsRoute(scope: App, context: ApiContext): void {
  scope.get(
    '/jobs',
    {
      config: { permission: 'actions.bulk.job.list', summary: 'List jobs' },
      schema: { querystring: jobsQuery, response: { 200: jobPage, ...failures } },
    },
    async (request, reply) => {
      const { limit, status, cursor } = request.query;
      const before = cursor === undefined ? undefined : readCursor(cursor);
      const { tasks, more } = await listActs(context, {
        organizationId: request.organizationId,
        ...(status && { states: states[status] }),
        ...(before && { before }),
        limit,
      });
      reply.header('cache-control', 'no-cache');
      const last = more ? tasks.at(-1) : undefined;
      return { jobs: tasks.map(toWire), ...(last && { next_cursor: writeCursor(last.id) }) };
    },
  );
}

/** A page's end, in a form that cannot be mistaken for an id. */
function writeCursor(id: string): string {
  return Buffer.from(toHex24(id), 'hex').toString('base64url');
}

function readCursor(cursor: string): string {
  const id = /^[\w-]{16}$/.test(cursor) ? parseId(Buffer.from(cursor, 'base64url').toString('hex')) : undefined;
  if (!id) throw invalid('cursor', 'must be the next_cursor of the previous page');
  return id;
}

/** One job. */
export function jobRoute(scope: App, context: ApiContext): void {
  scope.get(
    '/jobs/:id',
    {
      config: { permission: 'actions.bulk.job.get', summary: 'Get a job' },
      schema: { params: jobParams, headers: pollHeaders, response: { 200: job, 304: noBody, ...failures } },
    },
    async (request, reply) => {
      const task = await findJob(context, request);
      const etag = `"${task.version}"`;
      reply.headers({ etag, 'cache-control': 'no-cache', ...retryAfter(task) });
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return toWire(task);
    },
  );
}

/** Stopping a job: what it has changed stays changed. */
export function cancelRoute(scope: App, context: ApiContext): void {
  scope.post(
    '/jobs/:id/cancel',
    {
      config: { permission: 'actions.bulk.job.cancel', summary: 'Cancel a job' },
      schema: { params: jobParams, response: { 200: cancelled, ...failures } },
    },
    async (request, reply) => {
      const found = await findJob(context, request);
      const { id } = await cancelTask(context, found, createdBy(request.principal));
      reply.header('cache-control', 'no-store');
      return { success: true, job_id: id, status: 'cancelled' };
    },
  );
}

/** Archiving an ended job. */
export function deleteRoute(scope: App, context: ApiContext): void {
  scope.delete(
    '/jobs/:id',
    {
      config: { permission: 'actions.bulk.job.delete', summary: 'Delete a job that is over' },
      schema: { params: jobParams, response: { 200: deleted, ...failures } },
    },
    async (request, reply) => {
      const found = await findJob(context, request);
      await historizeTask(context, found);
      reply.header('cache-control', 'no-store');
      return { job_id: found.id, status: 'deleted', success: true };
    },
  );
}
