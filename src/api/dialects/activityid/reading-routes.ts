import type { FastifyRequest } from 'fastify';
import { listResults } from '../../../service/lines/list-results.ts';
import type { AskedTask } from '../../../service/platform/rights.ts';
import { notFound } from '../../../service/platform/service-error.ts';
import { getTask } from '../../../service/tasks/get-task.ts';
import { walkTasks } from '../../../service/tasks/walk-tasks.ts';
import { parseId } from '../../../task/ids.ts';
import type { TaskLife } from '../../../task/task.ts';
import type { ApiContext } from '../../context.ts';
import { streamText, textBody } from '../../http/answers/stream-text.ts';
import { matchesEtag } from '../../http/headers/response/etag.ts';
import { retryAfter } from '../../http/headers/response/retry-after.ts';
import type { App } from '../../zod.ts';
import { languageOf, successes } from './messages.ts';
import {
  bulk,
  bulkEnvelope,
  bulkParams,
  bulksEnvelope,
  failures,
  headers,
  noBody,
  pollHeaders,
  resultsEnvelope,
  resultsQuery,
} from './schema.ts';
import { toWire, toWireResult } from './wire.ts';

/** The bulk that the path names. Invalid ids are not found. */
function bulkRef(request: FastifyRequest): AskedTask {
  const id = parseId((request.params as { bulkId: string }).bulkId);
  if (!id) throw notFound();
  const { organizationId, principal } = request;
  return { organizationId, id, asker: { permissions: principal.permissions, through: 'activityid' } };
}

/** `result` of a successful answer. */
export function resultOf<Status extends number>(
  { headers }: Pick<FastifyRequest, 'headers'>,
  status: Status,
  name: keyof typeof successes,
): { status: Status; message: string } {
  return { status, message: successes[name][languageOf(headers['accept-language'])] };
}

/** Reading: all bulks, one, and the results of its lines. */
export function readingRoutes(scope: App, context: ApiContext): void {
  scope.get(
    '/bulk',
    {
      config: { permission: 'activityid.user.bulk.list', summary: 'List all bulks that are still retained' },
      schema: { headers, response: { 200: bulksEnvelope, ...failures } },
    },
    async (request, reply) => {
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
      const pages = walkTasks(context, request.organizationId);
      const result = JSON.stringify(resultOf(request, 200, 'listed'));
      return reply.send(request.method === 'HEAD' ? streamText([]) : await textBody(writeList(pages, result), request));
    },
  );

  scope.get(
    '/bulk/:bulkId',
    {
      config: { permission: 'activityid.user.bulk.get', summary: 'Get a bulk' },
      schema: { params: bulkParams, headers: pollHeaders, response: { 200: bulkEnvelope, 304: noBody, ...failures } },
    },
    async (request, reply) => {
      const task = await getTask(context, bulkRef(request));
      const content = toWire(task);
      const language = languageOf(request.headers['accept-language']);
      const etag = `"${content.status}-${Date.parse(content.updatedOn)}-${language}"`;
      reply.headers({ etag, 'cache-control': 'no-cache', ...retryAfter(task) });
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return { content, result: resultOf(request, 200, 'found') };
    },
  );

  scope.get(
    '/bulk/:bulkId/results',
    {
      config: {
        permission: 'activityid.user.bulk.get',
        summary: 'Get the results of a bulk by line',
        use: 'read-lines',
      },
      schema: {
        params: bulkParams,
        querystring: resultsQuery,
        headers,
        response: { 200: resultsEnvelope, ...failures },
      },
    },
    async (request, reply) => {
      const { limit, last, failedOnly } = request.query;
      const page = await listResults(context, bulkRef(request), {
        limit,
        after: Number(last ?? 0),
        failedOnly: failedOnly ?? false,
      });
      reply.headers({ 'cache-control': 'no-cache', ...retryAfter(page.task) });
      const lastId = page.last === undefined ? {} : { lastId: String(page.last) };
      return {
        content: { results: page.results.map(toWireResult), ...lastId },
        result: resultOf(request, 200, 'results'),
      };
    },
  );
}

/** One document in the dialect's envelope. An error before the first page is still answered as one. */
async function* writeList(pages: AsyncIterable<readonly TaskLife[]>, result: string): AsyncGenerator<string> {
  let text = '{"content":[';
  for await (const page of pages) {
    yield text + page.map((task) => JSON.stringify(bulk.parse(toWire(task)))).join();
    text = ',';
  }
  yield `${text === ',' ? '' : text}],"result":${result}}`;
}
