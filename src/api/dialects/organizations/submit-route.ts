import { createdBy } from '../../../auth/principal.ts';
import { submitUpload } from '../../../service/submit-upload.ts';
import { toHex24 } from '../../../task/ids.ts';
import type { ApiContext } from '../../context.ts';
import { Refusal } from '../../failure.ts';
import { boundaryOf } from '../../multipart.ts';
import type { App } from '../../zod.ts';
import { conflict, failures, organizationParams, submitHeaders, taskEnvelope, tooLarge } from './schema.ts';
import { fingerprint, receiveUpload, refuseLarge, uploadForm } from './upload.ts';
import { NO_LINES, toWire, type WireTask } from './wire.ts';

/** What a submission is answered, and answered again when it is repeated under its key. */
interface Answer {
  readonly location: string;
  readonly task: WireTask;
}

/** Submitting a file. */
export function submitRoute(scope: App, context: ApiContext): void {
  const { files, maxUploadBytes } = context;
  // The form is read by the handler, as it arrives.
  scope.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));

  scope.post(
    '/bulk-tasks',
    {
      config: {
        permission: 'base.bulk.management.create',
        summary: 'Submit a file',
        streamedBody: { 'multipart/form-data': uploadForm },
      },
      schema: {
        params: organizationParams,
        headers: submitHeaders,
        response: { 202: taskEnvelope, ...failures, ...conflict, ...tooLarge },
      },
      // After the hooks that authenticate, before the client is told to send.
      onRequest: async ({ headers }) => {
        if (boundaryOf(headers['content-type']) === undefined) throw notAForm();
        refuseLarge(headers['content-length'], maxUploadBytes);
      },
    },
    async (request, reply) => {
      const boundary = boundaryOf(request.headers['content-type'] as string) ?? '';
      const upload = await receiveUpload(request.raw, { files, boundary, maxUploadBytes });
      const { organizationId, principal } = request;
      const key = request.headers['idempotency-key'];
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
      const path = `/v1/organizations/${request.params.organizationId}/bulk-tasks`;
      const answer = await submitUpload<Answer>(context, order, (task) => ({
        location: `${path}/${toHex24(task.id)}`,
        task: toWire(task, NO_LINES),
      }));
      reply.code(202).headers({ location: answer.location, 'retry-after': '1', 'cache-control': 'no-store' });
      return { status: true, data: answer.task };
    },
  );
}

/** What a body is told that is no form. */
export function notAForm(): Refusal {
  const message = 'must be multipart/form-data with a boundary';
  return new Refusal('unsupported_media_type', 'A submission is a form with a file.', {
    problems: [{ field: 'Content-Type', message }],
  });
}
