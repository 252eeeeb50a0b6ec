import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AskedTask } from '../../../service/platform/rights.ts';
import { notFound } from '../../../service/platform/service-error.ts';
import { parseId } from '../../../task/ids.ts';
import { wrongParameters } from '../../errors/failure.ts';

/** A route of one task: its id stands in the path, or in the query string (docs/api/task-v2.md). */
export interface TaskPath {
  readonly path: string;
  readonly params: z.ZodType;
  readonly query: { readonly id: z.ZodType };
}

const id = z.string({ error: 'is missing; give the id of the task' });

export const taskPaths: readonly TaskPath[] = [
  { path: '/:id', params: z.object({ id }), query: { id: id.optional() } },
  { path: '', params: z.object({}), query: { id } },
];

/**
 * The task that is meant. Invalid ids are not found.
 *
 * @throws Refusal `wrong_parameters` where the path and the query string name two
 */
export function taskRef(request: FastifyRequest): AskedTask {
  const { id: inPath } = request.params as { id?: string };
  const { id: inQuery } = request.query as { id?: string };
  const found = parseId(inPath ?? inQuery ?? '');
  if (inPath !== undefined && inQuery !== undefined && parseId(inQuery) !== found) {
    throw wrongParameters([{ field: 'id', message: 'has different values in the path and in the query string' }]);
  }
  if (!found) throw notFound();
  const { organizationId, principal } = request;
  return { organizationId, id: found, asker: { permissions: principal.permissions, through: 'task-v2' } };
}
