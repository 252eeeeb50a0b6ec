import type { FastifyRequest } from 'fastify';
import { createdBy } from '../../../auth/principal.ts';
import type { StoredBytes } from '../../../files/file-store.ts';
import { requireRoom } from '../../../service/platform/require-room.ts';
import { type Intake, withIntake } from '../../../service/submit/intake.ts';
import { submitUpload } from '../../../service/submit/submit-upload.ts';
import type { ApiContext } from '../../context.ts';
import { invalid, Refusal } from '../../errors/failure.ts';
import { limited, tooLarge } from '../../http/bodies/limit-upload.ts';
import { requestBody } from '../../http/bodies/request-body.ts';
import { parseHeader } from '../../http/headers/request/header-parameters.ts';
import type { App } from '../../zod.ts';
import { resultOf } from './reading-routes.ts';
import { patchFailures, patchHeaders, patchLines, receivedEnvelope } from './schema.ts';
import { toWire, type WireBulk } from './wire.ts';

/** The published name, and what else the format goes by. */
const MEDIA_TYPES = [
  'application/jsonl',
  'application/x-ndjson',
  'application/x-jsonlines',
  'application/ndjson',
] as const;

/** Submitting patches. */
export function patchRoute(scope: App, context: ApiContext): void {
  const { maxUploadBytes } = context;
  // The lines are read by the handler, as they arrive.
  scope.addContentTypeParser([...MEDIA_TYPES], (_request, _payload, done) => done(null));

  scope.patch(
    '/bulk',
    {
      config: {
        permission: 'activityid.user.bulk.patch',
        summary: 'Patch users with one JSON object per line',
        streamedBody: { [MEDIA_TYPES[0]]: patchLines },
      },
      schema: { headers: patchHeaders, response: { 202: receivedEnvelope, ...patchFailures } },
      // After the hooks that authenticate, before the client is told to send.
      onRequest: async ({ headers, organizationId }) => {
        refuseOtherKinds(headers['content-type']);
        if (Number(headers['content-length'] ?? 0) > maxUploadBytes) throw tooLarge(maxUploadBytes);
        await requireRoom(context, organizationId, Number(headers['content-length'] ?? 0));
      },
    },
    async (request, reply) => {
      const content = await withIntake(context, request.organizationId, (intake) => submit(context, intake, request));
      reply.code(202).headers({
        location: `/activityid/v1/user/bulk/${content.bulkId}`,
        'retry-after': '1',
        'cache-control': 'no-store',
      });
      return { content, result: resultOf(request, 202, 'received') };
    },
  );
}

async function submit(context: ApiContext, intake: Intake, request: FastifyRequest): Promise<WireBulk> {
  const { organizationId, principal } = request;
  const upload = await receive(intake, requestBody(request.content), context.maxUploadBytes);
  const key = request.headers['idempotency-key']?.toString();
  const order = {
    operation: 'patch' as const,
    origin: 'activityid',
    action: 'patch-identities',
    config: {},
    upload: { ...upload, originalName: 'users.jsonl', mimetype: 'application/jsonl' },
    organizationId,
    createdBy: createdBy(principal),
    ...(key && {
      idempotent: { scope: `activityid/user/bulk ${principal.id}`, key, fingerprint: upload.sha256 },
    }),
  };
  return submitUpload<WireBulk>({ ...context, intake }, order, toWire);
}

function refuseOtherKinds(contentType = ''): void {
  const { value, parameters } = parseHeader(contentType);
  if (!MEDIA_TYPES.some((type) => type === value)) {
    throw unsupported('Content-Type', 'must be application/jsonl, application/x-ndjson or application/x-jsonlines');
  }
  // RFC 8259 §8.1: JSON that systems exchange is UTF-8.
  if (!/^utf-?8$/i.test(parameters.get('charset') ?? 'utf-8')) {
    throw unsupported('Content-Type', 'must have the charset utf-8, if any');
  }
}

function unsupported(field: string, message: string): Refusal {
  return new Refusal('unsupported_media_type', 'This Content-Type is not supported.', {
    problems: [{ field, message }],
  });
}

/** Stores the body as it arrives. @throws Refusal `invalid` when it is empty */
async function receive(intake: Intake, body: AsyncIterable<Buffer>, maxUploadBytes: number): Promise<StoredBytes> {
  let blank = true;
  async function* watched(): AsyncGenerator<Buffer> {
    for await (const chunk of limited(body, maxUploadBytes)) {
      blank &&= isBlank(chunk);
      yield chunk;
    }
    if (blank) {
      throw invalid('body', 'is empty: send one JSON object a line, such as {"object_id":"1","name":"Ann"}');
    }
  }
  return intake.put(watched());
}

/** White space of JSON (RFC 8259 §2), and the bytes of a byte-order mark: no JSON is made of these alone. */
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

function isBlank(chunk: Buffer): boolean {
  return chunk.every((byte) => BLANKS.has(byte));
}
