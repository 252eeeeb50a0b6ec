import { z } from 'zod';
import { createdBy } from '../../../auth/principal.ts';
import { deleteWithRelated } from '../../../service/control/delete-related.ts';
import { updateTask } from '../../../service/control/update-task.ts';
import { getEntry } from '../../../service/tasks/search-tasks.ts';
import type { ApiContext } from '../../context.ts';
import { matchesEtag } from '../../http/headers/response/etag.ts';
import { retryAfter } from '../../http/headers/response/retry-after.ts';
import type { App } from '../../zod.ts';
import {
  bodyFailures,
  deleteMembers,
  failures,
  noBody,
  relatedFailure,
  task as taskSchema,
  updateBody,
  viewMembers,
} from './schema.ts';
import { type TaskPath, taskPaths, taskRef } from './task-ref.ts';
import { vocabularyOf } from './vocabulary.ts';
import { toWire } from './wire.ts';

/** Seeing, changing and deleting a task. */
export function taskRoutes(scope: App, context: ApiContext): void {
  for (const path of taskPaths) {
    viewRoute(scope, context, path);
    updateRoute(scope, context, path);
    deleteRoute(scope, context, path);
  }
}

function viewRoute(scope: App, context: ApiContext, { path, params, query }: TaskPath): void {
  const search = { pool: context.pool, vocabulary: vocabularyOf(context) };
  scope.get(
    `/view${path}`,
    {
      config: { permission: 'task.view', summary: 'Get a task' },
      schema: {
        params,
        querystring: z.object({ ...query, ...viewMembers }),
        response: { 200: taskSchema, 304: noBody, ...failures },
      },
    },
    async (request, reply) => {
      const { history, historized } = request.query;
      const entry = await getEntry(search, taskRef(request), { history: history ?? historized ?? false });
      const etag = `"${entry.version}"`;
      reply.headers({ etag, 'cache-control': 'no-cache', ...retryAfter({ status: entry.state }) });
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return toWire(entry);
    },
  );
}

function updateRoute(scope: App, context: ApiContext, { path, params, query }: TaskPath): void {
  const search = { pool: context.pool, vocabulary: vocabularyOf(context) };
  scope.put(
    `/update${path}`,
    {
      config: { permission: 'task.update', summary: 'Update a task', use: 'steer' },
      schema: {
        params,
        querystring: z.object(query),
        body: updateBody,
        response: { 200: taskSchema, ...failures, ...bodyFailures },
      },
    },
    async (request, reply) => {
      const { user_id: userId, entity_id: entityId, ...rest } = request.body;
      const update = { ...rest, userId, entityId };
      const entry = await updateTask(search, taskRef(request), update, createdBy(request.principal));
      reply.headers({ 'cache-control': 'no-store', ...retryAfter({ status: entry.state }) });
      return toWire(entry);
    },
  );
}

function deleteRoute(scope: App, context: ApiContext, { path, params, query }: TaskPath): void {
  scope.delete(
    `/delete${path}`,
    {
      config: {
        permission: 'task.delete',
        summary: 'Delete a task; with force, also everything that depends on it',
        use: 'force-remove',
      },
      schema: {
        params,
        querystring: z.object({ ...query, ...deleteMembers }),
        response: { 204: noBody, ...failures, ...relatedFailure },
      },
    },
    async (request, reply) => {
      await deleteWithRelated(context, taskRef(request), { force: request.query.force ?? false });
      return reply.code(204).header('cache-control', 'no-store').send();
    },
  );
}
