import { createdBy } from '../../../auth/principal.ts';
import { previewAction } from '../../../service/preview/preview-action.ts';
import { submitAction } from '../../../service/submit/submit-action.ts';
import type { ApiContext } from '../../context.ts';
import type { App } from '../../zod.ts';
import { spelled } from './fields.ts';
import { askerOf } from './job-routes.ts';
import {
  bodyFailures,
  failures,
  job,
  jobBody,
  jobHeaders,
  keyReused,
  outgrown,
  previewBody,
  preview as previewSchema,
} from './schema.ts';
import { toWire, toWirePreview } from './wire.ts';

/** Which records an action would be on. */
export function previewRoute(scope: App, context: ApiContext): void {
  scope.post(
    '/preview',
    {
      config: { permission: 'actions.bulk.preview', summary: 'Preview the records that criteria match', use: 'act' },
      schema: { body: previewBody, response: { 200: previewSchema, ...failures, ...bodyFailures } },
    },
    async (request, reply) => {
      const { criteria_json: criteria, action_type: type, max_limit: maxLimit, resource, values } = request.body;
      const { organizationId } = request;
      const wish = {
        ...{ organizationId, asker: askerOf(request), type, criteria },
        ...(typeof resource === 'string' && { resource }),
        ...(values && { values }),
      };
      const preview = await spelled(() => previewAction(context, wish));
      reply.header('cache-control', 'no-store');
      return toWirePreview(preview, { type, maxLimit });
    },
  );
}

/** Making a job. */
export function submitRoute(scope: App, context: ApiContext): void {
  scope.post(
    '/jobs',
    {
      config: { permission: 'actions.bulk.job.create', summary: 'Create a job', use: 'act' },
      schema: {
        headers: jobHeaders,
        body: jobBody,
        response: { 201: job, ...failures, ...bodyFailures, ...keyReused, ...outgrown },
      },
    },
    async (request, reply) => {
      const { body, principal, organizationId } = request;
      const key = request.headers['idempotency-key'];
      const order = {
        organizationId,
        origin: 'actions',
        createdBy: createdBy(principal),
        asker: askerOf(request),
        ...(typeof body.resource === 'string' && { resource: body.resource }),
        request: {
          type: body.action_type,
          criteria: body.criteria_json,
          ...(body.values && { values: body.values }),
          durationSeconds: body.action_duration,
          reason: body.action_reason,
          maxLimit: body.max_limit,
        },
        ...(body.scheduled_at && { scheduledAt: new Date(body.scheduled_at) }),
        ...(typeof body.preview_token === 'string' && { previewToken: body.preview_token }),
        ...(key && { idempotent: { scope: `actions/bulk/jobs ${principal.id}`, key } }),
      };
      const { answered } = await spelled(() => submitAction(context, order, toWire));
      reply.code(201).headers({
        location: `/api/actions/bulk/jobs/${answered.job_id}`,
        'retry-after': '1',
        'cache-control': 'no-store',
      });
      return answered;
    },
  );
}
