import type { FastifyRequest } from 'fastify';
import { createdBy } from '../../../../auth/principal.ts';
import { requireRoom } from '../../../../service/platform/require-room.ts';
import { catalogueOf } from '../../../../service/resources/catalogue.ts';
import { type Intake, withIntake } from '../../../../service/submit/intake.ts';
import { submitUpload } from '../../../../service/submit/submit-upload.ts';
import { toHex24 } from '../../../../task/ids.ts';
import type { ApiContext } from '../../../context.ts';
import { Refusal } from '../../../errors/failure.ts';
import { boundaryOf } from '../../../http/bodies/multipart.ts';
import type { App } from '../../../zod.ts';
import { conflict, failures, noRoom, organizationParams, submitHeaders, taskEnvelope, tooLarge } from '../schema.ts';
import { NO_LINES, toWire, type WireTask } from '../wire.ts';
import { FORM_BYTES } from './form-fields.ts';
import { fingerprint, receiveUpload, refuseLarge, uploadForm } from './upload.ts';

/** What a submission is answered, and answered again when it is repeated under its key. */
interface Answer {
  readonly location: string;
  readonly task: WireTask;
}

/** Submitting a file. */
export function submitRoute(scope: App, context: ApiContext): void {
  const { maxUploadBytes } = context;
  // The form is read by the handler, as it arrives.
  scope.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));

  scope.post(
    '/bulk-tasks',
    {
      config: {
        permission: 'base.bulk.management.create',
        summary: 'Submit a file',
        use: 'submit-import',
        streamedBody: { 'multipart/form-data': uploadForm },
      },
      schema: {
        params: organizationParams,
        headers: submitHeaders,
        response: { 202: taskEnvelope, ...failures, ...conflict, ...tooLarge, ...noRoom },
      },
      // After the hooks that authenticate, before the client is told to send.
      onRequest: async ({ headers, organizationId }) => {
        if (boundaryOf(headers['content-type']) === undefined) throw notAForm();
        refuseLarge(headers['content-length'], maxUploadBytes);
        // The form is a little larger than its file, which is to fit exactly.
        await requireRoom(context, organizationId, Math.max(0, Number(headers['content-length'] ?? 0) - FORM_BYTES));
      },
    },
    async (request, reply) => {
      const answer = await withIntake(context, request.organizationId, (intake) => submit(context, intake, request));
      reply.code(202).headers({ location: answer.location, 'retry-after': '1', 'cache-control': 'no-store' });
      return { status: true, data: answer.task };
    },
  );
}

async function submit(context: ApiContext, intake: Intake, request: FastifyRequest): Promise<Answer> {
  const { organizationId, principal } = request;
  const { maxUploadBytes } = context;
  const boundary = boundaryOf(request.headers['content-type']) ?? '';
  const catalogue = await catalogueOf(context.pool, organizationId);
  const upload = await receiveUpload(request.content, {
    catalogue,
    permissions: principal.permissions,
    intake,
    boundary,
    maxUploadBytes,
  });
  const key = request.headers['idempotency-key']?.toString();
  const { action, config, file } = upload;
  const order = {
    operation: 'import' as const,
    origin: 'organizations',
    action,
    config,
    upload: file,
    organizationId,
    createdBy: createdBy(principal),
    ...(key && {
      idempotent: { scope: `organizations/bulk-tasks ${principal.id}`, key, fingerprint: fingerprint(upload) },
    }),
  };
  const path = `/v1/organizations/${(request.params as { organizationId: string }).organizationId}/bulk-tasks`;
  return submitUpload<Answer>({ ...context, intake }, order, (task) => ({
    location: `${path}/${toHex24(task.id)}`,
    task: toWire(task, NO_LINES),
  }));
}

/** What a body is told that is no form. */
export function notAForm(): Refusal {
  const message = 'must be multipart/form-data with a boundary';
  return new Refusal('unsupported_media_type', 'A submission must be a form with a file.', {
    problems: [{ field: 'Content-Type', message }],
  });
}
