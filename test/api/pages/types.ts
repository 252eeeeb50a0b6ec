import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The types of the published pages, written down from the pages and not from our documents; and what docs/api adds to them. */

const text = { type: 'string' };
const moment = { type: 'string', format: 'date-time', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$` };
const day = { type: 'string', format: 'date' };
const count = { type: 'integer', minimum: 0 };
const hex24 = { type: 'string', pattern: '^[a-fA-F0-9]{24}$' };
const uuid = { type: 'string', format: 'uuid' };
const upTo = (maxLength: number) => ({ type: 'string', maxLength });
const yes = { const: true };
const flag = { type: 'boolean' };

type Members = Readonly<Record<string, object>>;

/** An object of these members and no others; those that are not named in `optional` are always there. */
function object(properties: Members, optional: Members = {}): object {
  const required = Object.keys(properties);
  return { type: 'object', properties: { ...properties, ...optional }, required, additionalProperties: false };
}

const list = (items: object) => ({ type: 'array', items });

/** organizations: the page has all members optional, with these types; none is ever null. */
const task = object(
  {
    id: hex24,
    status: { enum: ['pending', 'inProgress', 'completed', 'failed'] },
    config: object(
      {},
      {
        override: flag,
        mapping: { type: 'object' },
        constants: { type: 'object' },
        dateFormat: text,
        formats: { type: 'object' },
        missingValues: list(text),
        allowShortRows: yes,
        encoding: text,
        dryRun: yes,
      },
    ),
    action: upTo(1_000),
    report: object(
      { numItems: count, numInserts: count, numUpdates: count, numSkips: count, numErrors: count },
      {
        skippedLines: list(object({ line: count })),
        erroredLines: list(object({ line: count, reason: text, code: text }, { column: text })),
        warnings: { ...list(text), minItems: 1 },
      },
    ),
    createdBy: object(
      { id: hex24 },
      {
        email: { type: 'string', format: 'email', maxLength: 256 },
        firstName: upTo(128),
        lastName: upTo(128),
        fullName: upTo(128),
        picture: text,
      },
    ),
    updatedAt: moment,
    createdAt: moment,
  },
  {
    file: object(
      { originalName: upTo(256), mimetype: upTo(128), size: count, key: upTo(256), checksum: upTo(256) },
      { bucket: upTo(256), location: upTo(256), region: upTo(128), storageProviderId: hex24 },
    ),
    error: text,
    // Beyond the page, where they say something.
    progress: object({ processedBytes: count, totalBytes: count }),
    records: object({ processed: count, total: count }),
    paused: yes,
    cancelledBy: { type: 'string' },
    operation: { enum: ['patch', 'act', 'export', 'external'] },
    resource: { type: 'string' },
    origin: { enum: ['activityid', 'actions', 'task-v2'] },
    dryRun: yes,
    parentId: hex24,
  },
);

const success = (data: object) => object({ status: yes, data });

/** activityid. */
const bulk = object({
  bulkId: uuid,
  status: { enum: ['received', 'scheduled', 'processing', 'completed', 'failed'] },
  createdOn: moment,
  updatedOn: moment,
});
const answered = (content: object, status: number) =>
  object({ content, result: object({ status: { const: status }, message: text }) });

/** actions: the page requires all; what has no value yet is left out (docs/api/actions.md "The job object"). */
const begun = { executed_at: moment };
const ended = { ...begun, completed_at: moment };
const jobOf = (states: readonly string[], more: Members) =>
  object({
    job_id: uuid,
    criteria_json: { type: 'string', contentMediaType: 'application/json' },
    action_type: { enum: ['block', 'deny', 'throttle', 'monitor', 'allow', 'cleanup'] },
    action_duration: count,
    action_reason: text,
    scheduled_at: moment,
    max_limit: count,
    preview_count: count,
    affected_count: count,
    status: { enum: states },
    progress_percent: { ...count, maximum: 100 },
    created_by: text,
    created_at: moment,
    updated_at: moment,
    ...more,
  });
const job = {
  oneOf: [jobOf(['scheduled'], {}), jobOf(['running'], begun), jobOf(['completed', 'failed', 'cancelled'], ended)],
};

/** task-v2. */
const entry = object({
  task_id: uuid,
  handler: text,
  user_id: text,
  entity_id: { type: ['string', 'null'] },
  status: { enum: ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] },
  request: { type: ['string', 'null'] },
  response: { type: ['string', 'null'] },
  created_at: day,
  updated_at: day,
});

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
addFormats.default(ajv);

/** What the pages say of their successful answers. */
export const published = {
  task: ajv.compile(success(task)),
  tasks: ajv.compile(
    success(
      object(
        {
          items: list(task),
          totalDocs: count,
          limit: count,
          hasPrevPage: flag,
          hasNextPage: flag,
          page: count,
          totalPages: { ...count, minimum: 1 },
          lean: yes,
        },
        { prevPage: { ...count, minimum: 1 }, nextPage: count },
      ),
    ),
  ),
  organizationsError: ajv.compile(
    object({
      status: { const: false },
      error: object(
        { code: { type: 'number' }, message: text },
        { data: list(object({ field: text, problem: text })) },
      ),
    }),
  ),
  bulk: ajv.compile(answered(bulk, 200)),
  bulks: ajv.compile(answered(list(bulk), 200)),
  received: ajv.compile(answered(bulk, 202)),
  activityidError: ajv.compile(object({ result: object({ status: { type: 'integer' }, message: text }) })),
  job: ajv.compile(job),
  jobs: ajv.compile(object({ jobs: list(job) }, { next_cursor: text })),
  cancelled: ajv.compile(object({ success: yes, job_id: uuid, status: { const: 'cancelled' } })),
  deleted: ajv.compile(object({ job_id: uuid, status: text, success: yes })),
  problem: ajv.compile(
    object(
      {
        type: { type: 'string', format: 'uri-reference' },
        title: text,
        status: { type: 'integer', minimum: 100, maximum: 599 },
        detail: text,
        instance: { type: 'string', format: 'uri-reference' },
        error: text,
        requestId: text,
      },
      { details: { type: 'object', additionalProperties: text } },
    ),
  ),
  entry: ajv.compile(entry),
  entries: ajv.compile(list(entry)),
  entryError: ajv.compile(
    object(
      { name: text, message: text, code: { const: 0 }, status: { type: 'integer' } },
      { related: list(object({ type: { enum: ['task', 'file'] }, id: text })) },
    ),
  ),
  problems: ajv.compile({ ...list(object({ field: text, message: text })), minItems: 1 }),
} as const;

/** What is wrong with an answer; nothing when it is of the type. */
export function wrong(type: keyof typeof published, json: unknown): string[] {
  const validate = published[type];
  if (validate(json)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
