import { z } from 'zod';
import { createdBy } from '../../../auth/principal.ts';
import { sampleFile } from '../../../service/preview/sample-file.ts';
import { listRecords } from '../../../service/records/list-records.ts';
import { applyResource } from '../../../service/resources/apply-resource.ts';
import type { Resource } from '../../../service/resources/catalogue.ts';
import { getResource, listPermission, listResources } from '../../../service/resources/list-resources.ts';
import { planResource } from '../../../service/resources/plan-resource.ts';
import { removeResource } from '../../../service/resources/remove-resource.ts';
import type { ApiContext } from '../../context.ts';
import { textBody } from '../../http/answers/stream-text.ts';
import { attachment } from '../../http/headers/content-disposition.ts';
import { boolean } from '../../request-schemas.ts';
import type { App } from '../../zod.ts';
import {
  conflict,
  failures,
  hex24,
  organizationParams,
  recordPaging,
  recordsQuery,
  sampleFile as sampleSchema,
  success,
} from './schema.ts';
import { toPaging, writePage } from './wire.ts';

const resourceParams = organizationParams.extend({
  resource: z.string().describe('The name of the resource, such as `customers`.'),
});

/** Table Schema v2 with an `openbulk` member (docs/declarations.md). */
const declaration = z.unknown().meta({ type: 'object' });

const resourceObject = z
  .object({
    name: z.string(),
    /** Who declared it: the program, somebody for every organization, or somebody of this one. */
    operations: z.array(z.string()),
    /** What it takes to list its records. */
    listPermission: z.string(),
    declaration,
  })
  .meta({ id: 'Resource' });

const plan = z
  .object({
    name: z.string(),
    hash: z.string(),
    action: z.enum(['create', 'change', 'none']),
    statements: z.array(z.string()),
    losses: z.array(z.object({ column: z.string(), records: z.int() })),
  })
  .meta({ id: 'ResourcePlan' });

const applyQuery = z.object({
  hash: z.string().optional().describe('The hash of the plan that is to be applied; any plan that loses nothing if not given.'),
  allowLoss: boolean.default(false).describe('Whether values, or records, may be removed.'),
});

const anyRecord = z.looseObject({ id: hex24 });

function toWire({ name, operations, declaration: declared }: Resource): z.input<typeof resourceObject> {
  return { name, operations: [...operations], listPermission: listPermission(name), declaration: declared };
}

/** Resources: what there is, its records, and declaring it. */
export function resourceRoutes(scope: App, context: ApiContext): void {
  scope.get(
    '/resources',
    {
      config: { permission: 'base.bulk.management.list', summary: 'List the resources' },
      schema: {
        params: organizationParams,
        response: { 200: success(z.object({ items: z.array(resourceObject) })), ...failures },
      },
    },
    async ({ organizationId }) => ({
      status: true as const,
      data: { items: (await listResources(context, organizationId)).map(toWire) },
    }),
  );
  scope.get(
    '/resources/:resource',
    {
      config: { permission: 'base.bulk.management.list', summary: 'Get a resource' },
      schema: { params: resourceParams, response: { 200: success(resourceObject), ...failures } },
    },
    async ({ organizationId, params }) => ({
      status: true as const,
      data: toWire(await getResource(context, organizationId, params.resource)),
    }),
  );
  declaringRoutes(scope, context);
  recordsRoute(scope, context);
  sampleRoute(scope, context);
}

function declaringRoutes(scope: App, context: ApiContext): void {
  const permission = 'base.bulk.resource.manage';
  scope.post(
    '/resources/:resource/plan',
    {
      config: { permission, summary: 'See what a declaration would change' },
      schema: { params: resourceParams, body: declaration, response: { 200: success(plan), ...failures, ...conflict } },
    },
    async ({ organizationId, params, body }) => {
      const planned = await planResource(context.pool, organizationId, { source: body, name: params.resource });
      return { status: true as const, data: toPlan(planned.plan) };
    },
  );
  scope.put(
    '/resources/:resource',
    {
      config: { permission, summary: 'Declare a resource' },
      schema: {
        params: resourceParams,
        querystring: applyQuery,
        body: declaration,
        response: { 200: success(plan), ...failures, ...conflict },
      },
    },
    async ({ organizationId, params, query, body, principal }) => {
      const { hash, allowLoss } = query;
      const order = { owner: organizationId, source: body, name: params.resource, createdBy: createdBy(principal) };
      const applied = await applyResource(context, { ...order, allowLoss, ...(hash !== undefined && { hash }) });
      return { status: true as const, data: toPlan(applied) };
    },
  );
  scope.delete(
    '/resources/:resource',
    {
      config: { permission, summary: 'Remove a resource, with its records' },
      schema: {
        params: resourceParams,
        querystring: applyQuery.pick({ allowLoss: true }),
        response: { 200: success(z.object({ name: z.string() })), ...failures, ...conflict },
      },
    },
    async ({ organizationId, params, query }) => {
      await removeResource(context, { owner: organizationId, name: params.resource, allowLoss: query.allowLoss });
      return { status: true as const, data: { name: params.resource } };
    },
  );
}

function toPlan({ statements, losses, ...rest }: Awaited<ReturnType<typeof applyResource>>): z.input<typeof plan> {
  return { ...rest, statements: [...statements], losses: losses.map((loss) => ({ ...loss })) };
}

const permissionOf = ({ resource }: { readonly resource: string }) => listPermission(resource);

function recordsRoute(scope: App, context: ApiContext): void {
  scope.get(
    '/resources/:resource/records',
    {
      config: { permission: 'resource.*.list', permissionOf, summary: 'List the records of a resource' },
      schema: {
        params: resourceParams,
        querystring: recordsQuery,
        response: { 200: success(z.object({ items: z.array(anyRecord), ...recordPaging.shape })), ...failures },
      },
    },
    async (request, reply) => {
      const { organizationId, params } = request;
      const { page, limit, sort, q, criteria } = request.query;
      const resource = await getResource(context, organizationId, params.resource);
      const { field, descending } = sort;
      const wanted = { organizationId, sort: field, descending, limit, offset: (page - 1) * limit };
      const filter = { ...(q && { text: q }), ...(criteria && { criteria }) };
      const { records, total, ...filtered } = await listRecords(context, resource, wanted, filter);
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
      const rest = recordPaging.parse({ ...filtered, ...toPaging({ page, limit, total }) });
      return reply.send(await textBody(writePage(toJson(records), rest), { organizationId }));
    },
  );
}

async function* toJson(pieces: AsyncIterable<Record<string, unknown>[]>): AsyncGenerator<string> {
  for await (const records of pieces) for (const record of records) yield JSON.stringify(record);
}

function sampleRoute(scope: App, context: ApiContext): void {
  scope.get(
    '/resources/:resource/csv/sample',
    {
      config: { permission: 'resource.*.list', permissionOf, summary: 'Get a sample file of a resource' },
      schema: { params: resourceParams, response: { 200: sampleSchema, ...failures } },
    },
    async ({ organizationId, params }, reply) => {
      const resource = await getResource(context, organizationId, params.resource);
      const headers = { 'content-disposition': attachment(`${resource.name}-sample.csv`), 'cache-control': 'no-cache' };
      reply.type('text/csv; charset=utf-8').headers(headers);
      return sampleFile(resource);
    },
  );
}
