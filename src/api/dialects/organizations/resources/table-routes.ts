import { z } from 'zod';
import { resolveOrganization } from '../../../../service/platform/organizations.ts';
import { notFound } from '../../../../service/platform/service-error.ts';
import { findDrift } from '../../../../service/resources/adopt/find-drift.ts';
import { declareAdoptable, listAdoptable } from '../../../../service/resources/adopt/list-adoptable.ts';
import type { ApiContext } from '../../../context.ts';
import type { App } from '../../../zod.ts';
import { failures, organizationParams, success } from '../schema.ts';
import { adoptable, drift, inferred, tableParams, tableQuery } from './schema.ts';

const config = { permission: 'base.bulk.resource.manage' } as const;

/** Tables that exist: those that the organization may adopt, and those of its resources that have changed. */
export function tableRoutes(scope: App, context: ApiContext): void {
  const { pool } = context;
  const slugOf = async (organizationId: string) => {
    const organization = await resolveOrganization({ pool }, organizationId);
    if (!organization) throw notFound();
    return organization.slug;
  };
  scope.get(
    '/resources/tables',
    {
      config: { ...config, summary: 'List the tables that a resource can adopt' },
      schema: {
        params: organizationParams,
        response: {
          200: success(
            z.object({
              items: z.array(adoptable),
              more: z.int().describe('How many there are beside these, which were not looked at.'),
            }),
          ),
          ...failures,
        },
      },
    },
    async ({ organizationId }) => {
      const slug = await slugOf(organizationId);
      const { tables, more } = await pool.heavily(() => listAdoptable(context, { organizationId, slug }));
      const items = tables.map(({ columns, reasons, resources, ...rest }) => ({
        ...rest,
        columns: [...columns],
        adoptable: reasons.length === 0,
        reasons: [...reasons],
        resources: [...resources],
      }));
      return { status: true as const, data: { items, more } };
    },
  );
  scope.get(
    '/resources/tables/:table/declaration',
    {
      config: { ...config, summary: 'Get a declaration with which a resource adopts a table' },
      schema: { params: tableParams, querystring: tableQuery, response: { 200: success(inferred), ...failures } },
    },
    async ({ organizationId, params, query }) => {
      const slug = await slugOf(organizationId);
      const { organization: column } = query;
      const given = { name: params.table, ...(column !== undefined && { column }) };
      const { declaration, remarks } = await declareAdoptable(context, { organizationId, slug }, given);
      return { status: true as const, data: { declaration, remarks: [...remarks] } };
    },
  );
  scope.get(
    '/resources/drift',
    {
      config: { ...config, summary: 'Compare the declared resources with their tables' },
      schema: {
        params: organizationParams,
        response: { 200: success(z.object({ items: z.array(drift) })), ...failures },
      },
    },
    async ({ organizationId }) => {
      const found = await pool.heavily(() => findDrift({ pool }, organizationId));
      const items = found.map(({ problems, ...rest }) => ({ ...rest, problems: [...problems] }));
      return { status: true as const, data: { items } };
    },
  );
}
