import { z } from 'zod';
import { getResource, listResources } from '../../../../service/resources/list-resources.ts';
import type { ApiContext } from '../../../context.ts';
import type { App } from '../../../zod.ts';
import { failures, organizationParams, success } from '../schema.ts';
import { declaringRoutes } from './declaring-routes.ts';
import { inferRoute } from './infer-route.ts';
import { recordsRoutes } from './records-routes.ts';
import { resource, resourceParams, resourceSummary } from './schema.ts';
import { tableRoutes } from './table-routes.ts';
import { toResource, toSummary } from './wire.ts';

/** Resources: which there are, their records, and declaring them. */
export function resourceRoutes(scope: App, context: ApiContext): void {
  scope.get(
    '/resources',
    {
      config: {
        permission: 'base.bulk.management.list',
        summary: 'List the resources',
        orOfResource: true,
      },
      schema: {
        params: organizationParams,
        response: { 200: success(z.object({ items: z.array(resourceSummary) })), ...failures },
      },
    },
    async ({ organizationId, principal: { permissions } }) => ({
      status: true as const,
      data: { items: (await listResources(context, { organizationId, permissions })).map(toSummary) },
    }),
  );
  scope.get(
    '/resources/:resource',
    {
      config: {
        permission: 'base.bulk.management.list',
        summary: 'Get a resource with its declaration',
        orOfResource: true,
      },
      schema: { params: resourceParams, response: { 200: success(resource), ...failures } },
    },
    async ({ organizationId, params, principal: { permissions } }) => ({
      status: true as const,
      data: toResource(await getResource(context, { organizationId, permissions }, params.resource)),
    }),
  );
  recordsRoutes(scope, context);
  tableRoutes(scope, context);
  inferRoute(scope);
  scope.register(async (inner) => declaringRoutes(inner, context));
}
