import type { Readable } from 'node:stream';
import { z } from 'zod';
import { type FileStart, PREVIEW_BYTES, previewFile } from '../../../../service/preview/preview-file.ts';
import { catalogueOf } from '../../../../service/resources/catalogue.ts';
import { listActions } from '../../../../service/tasks/list-actions.ts';
import type { ApiContext } from '../../../context.ts';
import { invalid } from '../../../errors/failure.ts';
import { fieldMessages } from '../../../errors/messages.ts';
import { limited, tooLarge } from '../../../http/bodies/limit-upload.ts';
import { boundaryOf, readForm } from '../../../http/bodies/multipart.ts';
import { filledIn } from '../../../http/bodies/query-string.ts';
import type { App } from '../../../zod.ts';
import { previewEnvelope } from '../lines/line-schemas.ts';
import { failures, organizationParams, tooLarge as tooLargeSchema } from '../schema.ts';
import { FORM_BYTES, takeField } from './form-fields.ts';
import { notAForm } from './submit-route.ts';
import { refuse } from './upload.ts';

const previewFields = z.object({
  action: z.string().optional().describe('The action for the file; the response then has columns and suggestions.'),
  encoding: z.string().max(64, fieldMessages.characters(64)).optional().describe('Character set of the file.'),
  size: z
    .string()
    .regex(/^\d{1,15}$/, fieldMessages.wholeNumber)
    .optional()
    .describe('Size of the whole file in bytes. If it is missing, a file of less than 1 MiB counts as whole.'),
});

const previewForm = previewFields.extend({
  action: z.union([z.enum(listActions()), z.string()]).optional(),
  file: z.file().describe('The first bytes of the file, at most 1 MiB; the rest is not needed.'),
});

const FIELDS = Object.keys(previewFields.shape);

/** What the beginning of a file looks like to an import. */
export function previewRoute(scope: App, { pool }: ApiContext): void {
  scope.post(
    '/bulk-tasks/preview',
    {
      config: {
        permission: 'base.bulk.management.create',
        summary: 'Preview how a file is read',
        streamedBody: { 'multipart/form-data': previewForm },
      },
      schema: {
        params: organizationParams,
        response: { 200: previewEnvelope, ...failures, ...tooLargeSchema },
      },
      onRequest: async ({ headers }) => {
        if (boundaryOf(headers['content-type']) === undefined) throw notAForm();
      },
    },
    async (request, reply) => {
      const boundary = boundaryOf(request.headers['content-type'] as string) ?? '';
      reply.header('cache-control', 'no-store');
      const catalogue = await catalogueOf(pool, request.organizationId);
      return { status: true, data: await previewFile(catalogue, await receiveStart(request.content, boundary)) };
    },
  );
}

async function receiveStart(content: Readable, boundary: string): Promise<FileStart> {
  const fields: Record<string, string> = Object.create(null);
  let file: { readonly bytes: Buffer; readonly charset?: string } | undefined;
  const form = { boundary, maxBytes: PREVIEW_BYTES + FORM_BYTES, tooLarge: () => tooLarge(PREVIEW_BYTES) };
  for await (const part of readForm(content, form)) {
    if (part.name !== 'file') await takeField(part, fields, FIELDS);
    else if (file) throw invalid('file', 'is given more than once; a preview takes one file');
    else {
      const pieces: Buffer[] = [];
      for await (const piece of limited(part.body, PREVIEW_BYTES)) pieces.push(piece);
      file = { bytes: Buffer.concat(pieces), ...(part.charset && { charset: part.charset }) };
    }
  }
  if (!file) throw invalid('file', fieldMessages.missing);
  const parsed = previewFields.safeParse(filledIn(fields));
  if (!parsed.success) {
    throw refuse(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
  }
  const { bytes, charset } = file;
  const { action, encoding = charset, size } = parsed.data;
  return {
    bytes,
    whole: size === undefined ? bytes.length < PREVIEW_BYTES : bytes.length >= Number(size),
    ...(action && { action }),
    ...(encoding && { encoding }),
  };
}
