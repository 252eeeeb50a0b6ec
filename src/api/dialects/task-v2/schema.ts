import { z } from 'zod';
import { blankCells, importModes } from '../../../task/task.ts';
import { fieldMessages } from '../../errors/messages.ts';
import { readJson } from '../../http/bodies/json-value.ts';
import { isStorable, UNSTORABLE } from '../../http/bodies/storable.ts';
import { boolean, idempotencyKey, oneOf, storedTextsByName, upTo } from '../../request-schemas.ts';
import { errorBody, problemsBody, relatedBody } from './errors.ts';
import { memberNames, wireStatuses } from './vocabulary.ts';

const MAX_TEXT = 256;

/** The task object of the published page. */
export const task = z.object({
  task_id: z.uuid(),
  handler: z.string(),
  user_id: z.string(),
  entity_id: z.string().nullable(),
  status: z.enum(wireStatuses),
  /** JSON-encoded. */
  request: z.string().nullable(),
  response: z.string().nullable(),
  created_at: z.iso.date(),
  updated_at: z.iso.date(),
});

/** A page of tasks. */
export const taskPage = {
  headers: {
    'X-Pagination-Current-Page': 'Page number, from 1.',
    'X-Pagination-Page-Count': 'Number of pages.',
    'X-Pagination-Per-Page': 'Tasks on a page.',
    'X-Pagination-Total-Count': 'Number of matching tasks.',
    Link: 'Links to this, the first, the previous, the next and the last page (RFC 8288), for the same body without a page.',
  },
  content: { 'application/json': { schema: z.array(task) } },
};

/** Text that is stored; numbers serve as their text, since many systems number their users. */
const name = z
  .union([z.string(), z.number()], { error: fieldMessages.string })
  .transform(String)
  .pipe(upTo(MAX_TEXT).min(1, 'must not be empty').refine(isStorable, UNSTORABLE));

/** A JSON value, or its text; text that is not JSON is a string value. Null means not given. */
const json = z.unknown().transform((given, context) => {
  if (given === undefined || given === null) return given;
  const read = readJson(given);
  if ('value' in read) return read;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

const status = oneOf(wireStatuses);

/**
 * What is told of a task that is made. Members that only the server sets are taken, since clients send whole tasks, and
 * ignored.
 */
export const createBody = z.object(
  {
    handler: name,
    user_id: name.nullish(),
    entity_id: name.nullish(),
    status: z.literal('pending', { error: 'must be pending: every task starts as pending' }).nullish(),
    request: json.optional(),
  },
  { error: fieldMessages.object },
);

export const updateBody = z.object(
  {
    handler: name.optional(),
    user_id: name.nullish(),
    entity_id: name.nullish(),
    status: status.optional(),
    request: json.optional(),
    response: json.optional(),
  },
  { error: fieldMessages.object },
);

const texts = storedTextsByName();
const text = z.string({ error: fieldMessages.string }).refine(isStorable, UNSTORABLE);

/** `request` of an `ImportHandler`. Strict: ignoring a misspelled `override` would change the result silently. */
export const importRequest = z.strictObject({
  action: text,
  file: text,
  override: z.boolean({ error: fieldMessages.jsonBoolean }).optional(),
  mode: oneOf(importModes).optional(),
  blankCells: oneOf(blankCells).optional(),
  mapping: texts.optional(),
  constants: texts.optional(),
  dateFormat: text.optional(),
  formats: texts.optional(),
  missingValues: z.array(text, { error: 'must be an array of strings' }).optional(),
  allowShortRows: z.boolean({ error: fieldMessages.jsonBoolean }).default(false),
  encoding: text.max(64, fieldMessages.characters(64)).optional(),
  dryRun: z.boolean({ error: fieldMessages.jsonBoolean }).default(false),
});

/** `request` of an `ExportHandler`. */
export const exportRequest = z.strictObject({
  resource: text,
  format: text,
  criteria: z.unknown().optional(),
});

const MAX_PAGE = 1_000_000_000_000_000;

const sort = z
  .string({ error: fieldMessages.string })
  .regex(
    new RegExp(`^-?(?:${memberNames.join('|')})$`),
    `must be one of ${memberNames.join(', ')}, optionally with - before it for descending order`,
  );

const PER_PAGE = fieldMessages.wholeNumberIn(1, 100);
const perPage = z.int({ error: PER_PAGE }).min(1, PER_PAGE).max(100, PER_PAGE);

const searchMembers = {
  filter: z.unknown().optional(),
  'per-page': z.preprocess((given) => absent(whole(given)), perPage.optional()).optional(),
  page: z
    .preprocess((given) => absent(clamped(whole(given))), z.int({ error: fieldMessages.wholeNumber }).optional())
    .optional(),
  sort: z.preprocess(absent, sort.optional()).optional(),
  history: z.preprocess(absent, boolean.optional()).optional(),
  /** Another name of `history`. */
  historized: z.preprocess(absent, boolean.optional()).optional(),
};

/** What is empty says nothing. */
function absent(given: unknown): unknown {
  return given === null || given === '' ? undefined : given;
}

/** Query strings write numbers as text, and so do some clients in JSON. */
function whole(given: unknown): unknown {
  return typeof given === 'string' && /^-?\d{1,300}$/.test(given) ? Number(given) : given;
}

/** A page before the first is the first; one beyond all is beyond the last. */
function clamped(given: unknown): unknown {
  return Number.isInteger(given) ? Math.max(1, Math.min(given as number, MAX_PAGE)) : given;
}

export const indexBody = z.object(searchMembers, { error: fieldMessages.object }).nullish();
export const indexQuery = z.object(searchMembers);

export const viewMembers = { history: searchMembers.history, historized: searchMembers.historized };
export const deleteMembers = { force: boolean.optional() };

export const createHeaders = z.looseObject({ 'idempotency-key': idempotencyKey.optional() });

/** A file of one of the formats of an export. */
export const fileBody = {
  description: 'The file, or the requested range of its bytes.',
  headers: {
    'Content-Disposition': 'The name of the file.',
    'Accept-Ranges': 'bytes',
    'Content-Range': 'The range, if the response is a part.',
  },
  content: {
    'text/csv': { schema: z.string() },
    'application/x-ndjson': { schema: z.string() },
    'application/json': { schema: z.unknown() },
  },
};

/** A status that comes without a body. */
export const noBody = z.null();

/** The errors that any route of the dialect can give, by status. */
export const failures = {
  400: errorBody,
  401: errorBody,
  403: errorBody,
  404: errorBody,
  422: problemsBody,
  429: errorBody,
  500: errorBody,
  503: errorBody,
} as const;
/** What a body can be refused for. */
export const bodyFailures = { 413: errorBody, 415: errorBody } as const;
/** Of what an export would add to. */
export const noRoom = { 507: errorBody } as const;
export const relatedFailure = { 400: relatedBody } as const;
