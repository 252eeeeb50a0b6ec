import { type FoundTasks, searchTasks } from '../../../../service/tasks/search-tasks.ts';
import type { ApiContext } from '../../../context.ts';
import { textBody } from '../../../http/answers/stream-text.ts';
import type { App } from '../../../zod.ts';
import { bodyFailures, failures, indexBody, indexQuery, taskPage, task as taskSchema } from '../schema.ts';
import { vocabularyOf } from '../vocabulary.ts';
import { toWire } from '../wire.ts';
import { paginationHeaders } from './pagination.ts';
import { searchOf } from './search.ts';

/** Searching tasks. */
export function indexRoute(scope: App, context: ApiContext): void {
  const search = { pool: context.pool, vocabulary: vocabularyOf(context) };
  scope.post(
    '/index',
    {
      config: { permission: 'task.index', summary: 'Search tasks' },
      schema: {
        body: indexBody,
        querystring: indexQuery,
        response: { 200: taskPage, ...failures, ...bodyFailures },
      },
    },
    async (request, reply) => {
      const { page: wanted, perPage, ...asked } = searchOf(request.body, request.query);
      const query = { ...asked, organizationId: request.organizationId };
      const found = await searchTasks(search, query, { page: wanted, perPage });
      const { page, pages, total } = found;
      reply
        .type('application/json; charset=utf-8')
        .headers({ 'cache-control': 'no-store', ...paginationHeaders(request.url, { page, pages, perPage, total }) });
      return reply.send(await textBody(writeList(found), request));
    },
  );
}

/** Writes a page some tasks at a time. An error before the first of them is still answered as one. */
async function* writeList(found: FoundTasks): AsyncGenerator<string> {
  let text = '[';
  for await (const entries of found.entries()) {
    if (entries.length === 0) continue;
    yield text + entries.map((entry) => JSON.stringify(taskSchema.parse(toWire(entry)))).join();
    text = ',';
  }
  yield text === '[' ? '[]' : ']';
}
