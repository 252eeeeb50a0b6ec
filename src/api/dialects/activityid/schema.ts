import { z } from 'zod';
import { fieldMessages } from '../../errors/messages.ts';
import { boolean, idempotencyKey, number, pollHeaders as polling } from '../../request-schemas.ts';
import { errorEnvelope } from './errors.ts';

/** docs/api/common.md "Statuses". */
export const wireStatuses = ['received', 'scheduled', 'processing', 'completed', 'failed'] as const;
export type WireStatus = (typeof wireStatuses)[number];

const moment = z.iso.datetime({ precision: 3 });

/** A successful answer. */
function success<Status extends number, Content extends z.ZodType>(status: Status, content: Content) {
  return z.object({ content, result: z.object({ status: z.literal(status), message: z.string() }) });
}

export const bulkParams = z.object({ bulkId: z.string() });

/** Of every request. */
export const headers = z.looseObject({
  'accept-language': z.string().optional().describe('Language of the messages: en or es; English otherwise.'),
});
export const pollHeaders = headers.extend(polling.shape);
export const patchHeaders = headers.extend({ 'idempotency-key': idempotencyKey.optional() });

/** The body of a submission. */
export const patchLines = z
  .string()
  .describe(
    'One JSON object per line (UTF-8). Each has `object_id` or `pulse_id`; its other members are merged into that user (RFC 7396).',
  );

const cursor = fieldMessages.lastId;

export const resultsQuery = z.object({
  limit: number(1, 1_000, 100),
  last: z
    .string({ error: cursor })
    .regex(/^\d{1,15}$/, cursor)
    .optional(),
  failedOnly: boolean.optional(),
});

/** The page's bulk. */
export const bulk = z.object({
  bulkId: z.uuid(),
  status: z.enum(wireStatuses),
  createdOn: moment,
  /** Moves only when the status does. */
  updatedOn: moment,
});

/** What became of a line. */
export const result = z.object({
  line: z.int().min(1),
  object_id: z.string().optional(),
  pulse_id: z.string().optional(),
  outcome: z.enum(['inserted', 'updated', 'skipped', 'errored']),
  /** Why it was not applied: a sentence for a person. */
  error: z.string().optional(),
});

export const receivedEnvelope = success(202, bulk);
export const bulkEnvelope = success(200, bulk);
export const bulksEnvelope = success(200, z.array(bulk));
export const resultsEnvelope = success(200, z.object({ results: z.array(result), lastId: z.string().optional() }));

/** A status that comes without a body. */
export const noBody = z.null();

/** The errors that any route of the dialect can give, by status. */
export const failures = {
  400: errorEnvelope,
  401: errorEnvelope,
  403: errorEnvelope,
  404: errorEnvelope,
  429: errorEnvelope,
  500: errorEnvelope,
  503: errorEnvelope,
  504: errorEnvelope,
} as const;
export const patchFailures = { ...failures, 409: errorEnvelope, 413: errorEnvelope, 507: errorEnvelope } as const;
