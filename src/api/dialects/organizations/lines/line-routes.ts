import { z } from 'zod';
import { listCauses } from '../../../../service/lines/list-causes.ts';
import { listLines } from '../../../../service/lines/list-lines.ts';
import { toHex24 } from '../../../../task/ids.ts';
import { isTerminal } from '../../../../task/lifecycle.ts';
import type { Task } from '../../../../task/task.ts';
import type { ApiContext } from '../../../context.ts';
import { isStorable, UNSTORABLE } from '../../../http/bodies/storable.ts';
import { boolean, number, oneOf } from '../../../request-schemas.ts';
import type { App } from '../../../zod.ts';
import { conflict, failures, taskParams } from '../schema.ts';
import { taskRef } from '../task-routes.ts';
import { causesEnvelope, linesEnvelope } from './line-schemas.ts';

/** Lines of a page at most; a page of large ones has fewer. */
const MAX_LINES = 200;
/** Larger than any line of a file. */
const MAX_LINE = 1_000_000_000_000;

const storable = z.string().refine(isStorable, UNSTORABLE);

const open = boolean.optional().describe('Only errored lines that are not corrected yet.');
const causesQuery = z.object({ open });

const linesQuery = z.object({
  open,
  outcome: oneOf(['errored', 'skipped']).optional().describe('Only lines with this outcome.'),
  code: storable.optional().describe('Only lines with this code.'),
  column: storable.optional().describe('Only lines whose error is in this column.'),
  after: number(0, MAX_LINE, 0).describe('Only lines after this one: `next` of the previous page.'),
  limit: number(1, MAX_LINES, 50).describe(
    'Maximum number of lines; a page can have fewer even if there is a next page.',
  ),
});

/** The lines that were not applied: what their causes are, and page by page. */
export function lineRoutes(scope: App, context: ApiContext): void {
  scope.get(
    '/bulk-tasks/:bulkTaskId/causes',
    {
      config: {
        permission: 'base.bulk.management.get',
        summary: "List the causes of a task's errors",
        use: 'read-lines',
      },
      schema: { params: taskParams, querystring: causesQuery, response: { 200: causesEnvelope, ...failures } },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-cache');
      return {
        status: true,
        data: await listCauses(context, taskRef(request), { open: request.query.open ?? false }),
      };
    },
  );

  scope.get(
    '/bulk-tasks/:bulkTaskId/lines',
    {
      config: {
        permission: 'base.bulk.management.get',
        summary: 'List the lines of a task that were not applied',
        use: 'read-lines',
      },
      schema: {
        params: taskParams,
        querystring: linesQuery,
        response: { 200: linesEnvelope, ...failures, ...conflict },
      },
    },
    async (request, reply) => {
      const { after, limit, outcome, code, column, open } = request.query;
      const query = {
        after,
        limit,
        open: open ?? false,
        ...(outcome && { outcome }),
        ...(code !== undefined && { code }),
      };
      reply.header('cache-control', 'no-cache');
      const page = await listLines(context, taskRef(request), { ...query, ...(column !== undefined && { column }) });
      const lines = page.lines.map(({ fix, ...line }) => ({ ...line, ...(fix && { fix: fixToWire(fix) }) }));
      return { status: true, data: { ...page, lines } };
    },
  );
}

function fixToWire({ id, status }: Task) {
  return { taskId: toHex24(id), status: isTerminal(status) ? ('applied' as const) : ('pending' as const) };
}
