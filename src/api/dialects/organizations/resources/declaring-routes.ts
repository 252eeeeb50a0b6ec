import { z } from 'zod';
import { createdBy } from '../../../../auth/principal.ts';
import { resolveOrganization } from '../../../../service/platform/organizations.ts';
import type { TablePlace } from '../../../../service/resources/adopt/adoption-rules.ts';
import { applyResource } from '../../../../service/resources/apply-resource.ts';
import { planResource } from '../../../../service/resources/plan-resource.ts';
import { removeResource } from '../../../../service/resources/remove-resource.ts';
import type { ApiContext } from '../../../context.ts';
import { acceptText } from '../../../http/bodies/text-body.ts';
import type { App } from '../../../zod.ts';
import { conflict, failures, success, tooLarge } from '../schema.ts';
import { applyQuery, declarationBody, outgrown, plan, removeQuery, resourceParams } from './schema.ts';
import { toPlan } from './wire.ts';

/** The largest declaration is 4 MiB of text, whose characters can have several bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

const config = { permission: 'base.bulk.resource.manage' } as const;

/** Declaring resources: a plan, its application, and removal. */
export function declaringRoutes(scope: App, { pool, adoption, elsewhere }: ApiContext): void {
  const adopter = (organizationId: string) => async (place: TablePlace) => {
    const slug = (await resolveOrganization({ pool }, organizationId))?.slug;
    return slug !== undefined && adoption?.allow(slug, place) === true;
  };
  acceptText(scope, Object.keys(declarationBody.content));
  scope.post(
    '/resources/:resource/plan',
    {
      config: { ...config, summary: 'Show what a declaration would change' },
      bodyLimit: MAX_BYTES,
      schema: {
        params: resourceParams,
        body: declarationBody,
        response: { 200: success(plan), ...failures, ...conflict, ...tooLarge },
      },
    },
    async ({ organizationId, params, body }) => {
      const mayAdopt = adopter(organizationId);
      const given = { source: body, name: params.resource, mayAdopt, ...(elsewhere && { elsewhere }) };
      const planned = await planResource(pool, organizationId, given);
      return { status: true as const, data: toPlan(planned.plan) };
    },
  );
  scope.put(
    '/resources/:resource',
    {
      config: { ...config, summary: 'Declare a resource, or change it' },
      bodyLimit: MAX_BYTES,
      schema: {
        params: resourceParams,
        querystring: applyQuery,
        body: declarationBody,
        response: { 200: success(plan), ...failures, ...conflict, ...outgrown, ...tooLarge },
      },
    },
    async ({ organizationId, params, query, body, principal }) => {
      const { hash, allowLoss } = query;
      const mayAdopt = adopter(organizationId);
      const given = { source: body, name: params.resource, mayAdopt, ...(elsewhere && { elsewhere }) };
      const order = { ...given, owner: organizationId, createdBy: createdBy(principal) };
      const applied = await applyResource({ pool }, { ...order, allowLoss, ...(hash !== undefined && { hash }) });
      return { status: true as const, data: toPlan(applied) };
    },
  );
  scope.delete(
    '/resources/:resource',
    {
      config: { ...config, summary: 'Remove a resource with its records' },
      schema: {
        params: resourceParams,
        querystring: removeQuery,
        response: { 200: success(z.object({ name: z.string() })), ...failures, ...conflict },
      },
    },
    async ({ organizationId, params, query }) => {
      const name = params.resource;
      await removeResource({ pool }, { owner: organizationId, name, allowLoss: query.allowLoss });
      return { status: true as const, data: { name } };
    },
  );
}
