import type { Readable } from 'node:stream';
import { z } from 'zod';
import { type FileToInfer, INFER_BYTES, inferStart } from '../../../../service/resources/infer-start.ts';
import { invalid, Refusal } from '../../../errors/failure.ts';
import { fieldMessages } from '../../../errors/messages.ts';
import { limited, tooLarge } from '../../../http/bodies/limit-upload.ts';
import { boundaryOf, readForm } from '../../../http/bodies/multipart.ts';
import { filledIn } from '../../../http/bodies/query-string.ts';
import { requestBody } from '../../../http/bodies/request-body.ts';
import { parseHeader } from '../../../http/headers/request/header-parameters.ts';
import type { App } from '../../../zod.ts';
import { failures, organizationParams, success, tooLarge as tooLargeSchema } from '../schema.ts';
import { FORM_BYTES, takeField } from '../submit/form-fields.ts';
import { refuse } from '../submit/upload.ts';
import { inferred } from './schema.ts';

const CSV = 'text/csv';

/** What can be said of the file: as fields of a form, or in the query of a plain file. */
const fileFields = z.object({
  name: z
    .string()
    .max(256, fieldMessages.characters(256))
    .optional()
    .describe('Of the resource; made of the file name.'),
  encoding: z.string().max(64, fieldMessages.characters(64)).optional().describe('Character set of the file.'),
  size: z
    .string()
    .regex(/^\d{1,15}$/, fieldMessages.wholeNumber)
    .optional()
    .describe('Size of the whole file in bytes. If it is missing, a file of less than 8 MiB counts as whole.'),
});

const inferForm = fileFields.extend({
  file: z.file().describe('The file, or its first bytes: at most 8 MiB.'),
});

const FIELDS = Object.keys(fileFields.shape);

/** Makes a declaration of a file. */
export function inferRoute(scope: App): void {
  // The file is read by the handler, as it arrives.
  scope.addContentTypeParser(CSV, (_request, _payload, done) => done(null));
  scope.post(
    '/resources/infer',
    {
      config: {
        permission: 'base.bulk.resource.manage',
        summary: 'Make a declaration for the records of a file',
        streamedBody: { 'multipart/form-data': inferForm, [CSV]: z.string().describe('The file, at most 8 MiB.') },
      },
      schema: {
        params: organizationParams,
        querystring: fileFields,
        response: { 200: success(inferred), ...failures, ...tooLargeSchema },
      },
      onRequest: async ({ headers }) => {
        const type = headers['content-type'] ?? '';
        if (boundaryOf(type) === undefined && parseHeader(type).value !== CSV) throw notAFile();
      },
    },
    async ({ headers, query, content }, reply) => {
      const type = headers['content-type'] ?? '';
      const boundary = boundaryOf(type);
      const file =
        boundary === undefined ? await receivePlain(content, type, query) : await receiveForm(content, boundary, query);
      reply.header('cache-control', 'no-store');
      const { declaration, remarks } = await inferStart(file);
      return { status: true as const, data: { declaration, remarks: [...remarks] } };
    },
  );
}

function notAFile(): Refusal {
  const message = 'must be multipart/form-data with a boundary, or text/csv';
  return new Refusal('unsupported_media_type', 'A declaration is made of a file.', {
    problems: [{ field: 'Content-Type', message }],
  });
}

type Said = z.output<typeof fileFields>;

async function receivePlain(content: Readable, type: string, said: Said): Promise<FileToInfer> {
  const bytes = await gather(requestBody(content));
  const charset = parseHeader(type).parameters.get('charset');
  return toFile(bytes, { fileName: '', charset }, said);
}

async function receiveForm(content: Readable, boundary: string, query: Said): Promise<FileToInfer> {
  const fields: Record<string, string> = Object.create(null);
  let file: { readonly bytes: Buffer; readonly fileName: string; readonly charset: string | undefined } | undefined;
  const form = { boundary, maxBytes: INFER_BYTES + FORM_BYTES, tooLarge: () => tooLarge(INFER_BYTES) };
  for await (const part of readForm(content, form)) {
    if (part.name !== 'file') await takeField(part, fields, FIELDS);
    else if (file) throw invalid('file', 'is given more than once; a declaration is made of one file');
    else file = { bytes: await gather(part.body), fileName: part.fileName ?? '', charset: part.charset };
  }
  if (!file) throw invalid('file', fieldMessages.missing);
  const parsed = fileFields.safeParse(filledIn(fields));
  if (!parsed.success) {
    throw refuse(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
  }
  return toFile(file.bytes, file, { ...query, ...parsed.data });
}

async function gather(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of limited(body, INFER_BYTES)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function toFile(
  bytes: Buffer,
  { fileName, charset }: { readonly fileName: string; readonly charset: string | undefined },
  { name, encoding = charset, size }: Said,
): FileToInfer {
  return {
    bytes,
    whole: size === undefined ? bytes.length < INFER_BYTES : bytes.length >= Number(size),
    fileName,
    ...(name && { name }),
    ...(encoding && { encoding }),
  };
}
