import { sampleFile } from '../../../service/preview/sample-file.ts';
import { describeResource } from '../../../service/records/describe-resource.ts';
import { listRecords } from '../../../service/records/list-records.ts';
import { type Resource, shippedResource } from '../../../service/resources/catalogue.ts';
import type { ApiContext } from '../../context.ts';
import { textBody } from '../../http/answers/stream-text.ts';
import { attachment } from '../../http/headers/response/content-disposition.ts';
import type { App } from '../../zod.ts';
import {
  failures,
  organizationParams,
  recordOf,
  recordPage,
  recordPaging,
  recordsQuery,
  sampleFile as sampleSchema,
} from './schema.ts';
import { toPaging, writePage } from './wire.ts';

interface Sibling {
  readonly path: string;
  /** For people. */
  readonly title: string;
  readonly resource: Resource;
}

/** The same system's lists of what the tasks write and act on. */
const siblings: readonly Sibling[] = [
  { path: '/inventory-items', title: 'inventory items', resource: shippedResource('inventory-items') },
  { path: '/mdm/users', title: 'MDM users', resource: shippedResource('mdm-users') },
  { path: '/devices', title: 'devices', resource: shippedResource('devices') },
  { path: '/identities', title: 'identities', resource: shippedResource('identities') },
];

/** The lists of records, and a sample file of those that can be imported. */
export function recordRoutes(scope: App, context: ApiContext): void {
  for (const sibling of siblings) {
    listRoute(scope, context, sibling);
    if (describeResource(sibling.resource).importable) sampleRoute(scope, sibling);
  }
}

function listRoute(scope: App, context: ApiContext, { path, title, resource }: Sibling): void {
  const { readBy: permission } = describeResource(resource);
  const record = recordOf(resource);
  scope.get(
    path,
    {
      config: { permission, summary: `List the ${title}` },
      schema: {
        params: organizationParams,
        querystring: recordsQuery,
        response: { 200: recordPage(record), ...failures },
      },
    },
    async (request, reply) => {
      const { organizationId } = request;
      const { page, limit, sort, q, criteria } = request.query;
      const wanted = {
        organizationId,
        sort: sort.field,
        descending: sort.descending,
        limit,
        offset: (page - 1) * limit,
      };
      const filter = { ...(q && { text: q }), ...(criteria && { criteria }) };
      const { records, total, ...filtered } = await listRecords(context, resource, wanted, filter);
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
      const rest = recordPaging.parse({ ...filtered, ...toPaging({ page, limit, total }) });
      return reply.send(await textBody(writePage(toJson(record, records), rest), { organizationId }));
    },
  );
}

async function* toJson(
  record: ReturnType<typeof recordOf>,
  pieces: AsyncIterable<Record<string, unknown>[]>,
): AsyncGenerator<string> {
  for await (const records of pieces) {
    for (const each of records) yield JSON.stringify(record.parse(each));
  }
}

function sampleRoute(scope: App, { path, title, resource }: Sibling): void {
  const { readBy: permission } = describeResource(resource);
  scope.get(
    `${path}/csv/sample`,
    {
      config: { permission, summary: `Get a sample file for ${title}` },
      schema: { params: organizationParams, response: { 200: sampleSchema, ...failures } },
    },
    async (_request, reply) => {
      reply.type('text/csv; charset=utf-8').headers({
        'content-disposition': attachment(`${resource.name}-sample.csv`),
        'cache-control': 'no-cache',
      });
      return sampleFile(resource);
    },
  );
}
