import { z } from 'zod';
import { requireVerbOn } from '../../../../service/platform/rights.ts';
import { sampleFile } from '../../../../service/preview/sample-file.ts';
import { listRecords } from '../../../../service/records/list-records.ts';
import { getResource, withResource } from '../../../../service/resources/list-resources.ts';
import type { ApiContext } from '../../../context.ts';
import { textBody } from '../../../http/answers/stream-text.ts';
import { attachment } from '../../../http/headers/response/content-disposition.ts';
import type { App } from '../../../zod.ts';
import { failures, recordPaging, recordsQuery, sampleFile as sampleSchema, success } from '../schema.ts';
import { toPaging, writePage } from '../wire.ts';
import { anyRecord, resourceParams } from './schema.ts';

/** The records of any resource, and a sample file for it. */
export function recordsRoutes(scope: App, context: ApiContext): void {
  scope.get(
    '/resources/:resource/records',
    {
      config: {
        permission: 'base.bulk.management.list',
        summary: 'List the records of a resource',
        use: 'list-records',
        orOfResource: true,
      },
      schema: {
        params: resourceParams,
        querystring: recordsQuery,
        response: { 200: success(z.object({ items: z.array(anyRecord), ...recordPaging.shape })), ...failures },
      },
    },
    async (request, reply) => {
      const { organizationId, params, principal } = request;
      const { permissions } = principal;
      const { page, limit, sort, q, criteria } = request.query;
      const { field, descending } = sort;
      const wanted = { organizationId, sort: field, descending, limit, offset: (page - 1) * limit };
      const filter = { ...(q && { text: q }), ...(criteria && { criteria }) };
      const body = await withResource(context, { organizationId, permissions }, params.resource, async (resource) => {
        requireVerbOn(permissions, resource, 'list');
        const { records, total, ...filtered } = await listRecords(context, resource, wanted, filter);
        const rest = recordPaging.parse({ ...filtered, ...toPaging({ page, limit, total }) });
        return textBody(writePage(toJson(records), rest), { organizationId });
      });
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
      return reply.send(body);
    },
  );
  scope.get(
    '/resources/:resource/csv/sample',
    {
      config: {
        permission: 'base.bulk.management.list',
        summary: 'Get a sample file of a resource',
        use: 'list-records',
        orOfResource: true,
      },
      schema: { params: resourceParams, response: { 200: sampleSchema, ...failures } },
    },
    async ({ organizationId, params, principal: { permissions } }, reply) => {
      const resource = await getResource(context, { organizationId, permissions }, params.resource);
      requireVerbOn(permissions, resource, 'list');
      const headers = { 'content-disposition': attachment(`${resource.name}-sample.csv`), 'cache-control': 'no-cache' };
      reply.type('text/csv; charset=utf-8').headers(headers);
      return sampleFile(resource);
    },
  );
}

async function* toJson(pieces: AsyncIterable<Record<string, unknown>[]>): AsyncGenerator<string> {
  for await (const records of pieces) for (const record of records) yield JSON.stringify(record);
}
