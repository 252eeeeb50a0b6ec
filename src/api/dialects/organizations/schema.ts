import { z } from 'zod';
import { describeResource, type RecordMember } from '../../../service/records/describe-resource.ts';
import type { Resource } from '../../../service/resources/catalogue.ts';
import { listActions } from '../../../service/tasks/list-actions.ts';
import { blankCells, importModes } from '../../../task/task.ts';
import { isStorable, UNSTORABLE } from '../../http/bodies/storable.ts';
import { boolean, idempotencyKey, number, oneOf, textsByName, upTo } from '../../request-schemas.ts';
import { errorEnvelope } from './errors.ts';
import { wireStatuses } from './states.ts';

export const MAX_NAME = 256;
export const MAX_MIMETYPE = 128;
const MAX_ACTION = 1_000;
/** Largest `limit` and most lines of a report inside a task (docs/api/organizations.md "List", "The task object"). */
export const MAX_LIMIT = 1_000;

const HEX24 = '^[a-fA-F0-9]{24}$';
export const hex24 = z.string().regex(new RegExp(HEX24));
/** Issuers of tokens may call other things an address. */
export const email = z.email().max(256);
const moment = z.iso.datetime({ precision: 3 });
export const whole = z.int().min(0);

/** A successful answer. */
export function success<Data extends z.ZodType>(data: Data) {
  return z.object({ status: z.literal(true), data });
}

const NEWEST_FIRST = 'createdAt:desc';

/**
 * An order as the published page writes it. Without a direction it is ascending, without a field that of `createdAt`.
 *
 * @param fields what is sorted by, by the name of the field
 */
function sort<Sort extends string>(fields: Readonly<Record<string, Sort>> & { readonly createdAt: Sort }) {
  const message = `must be one of ${Object.keys(fields).join(', ')}, optionally followed by :asc or :desc`;
  const read = (text: string) => {
    const [field, direction] = (text || NEWEST_FIRST).split(':');
    return { field: field || 'createdAt', descending: direction === 'desc' };
  };
  return z
    .string({ error: message })
    .regex(/^[\w.]*((:asc)|(:desc))?$/, { error: message, abort: true })
    .refine((text) => Object.hasOwn(fields, read(text).field), message)
    .default(NEWEST_FIRST)
    .transform((text) => {
      const { field, descending } = read(text);
      return { field: fields[field] as Sort, descending };
    });
}

/** Ids sort by creation time. */
const recordFields = { createdAt: 'createdAt', updatedAt: 'updatedAt', id: 'createdAt' } as const;
const taskFields = {
  ...recordFields,
  status: 'status',
  action: 'action',
  name: 'name',
  'file.originalName': 'name',
} as const;

/** Largest page: with the largest limit, what comes before it is still a number that PostgreSQL takes exactly. */
const MAX_PAGE = 1_000_000_000_000;

export const organizationParams = z.object({
  organizationId: z
    .string()
    .describe("The organization's id (24 hex digits) or slug.")
    .meta({ pattern: '^(([a-fA-F0-9]{24})|([a-zA-Z0-9\\-]{3,}))$' }),
});
export const taskParams = organizationParams.extend({
  bulkTaskId: z.string().describe("The task's id (24 hex digits).").meta({ pattern: HEX24 }),
});

/** A text that is looked for; none when it is blank. */
const searched = upTo(MAX_NAME)
  .refine(isStorable, UNSTORABLE)
  .transform((text) => text.trim())
  .optional();

/** The valid names depend on the organization: external handlers have their own names. */
const action = z.union([z.enum(listActions()), upTo(MAX_ACTION).min(1).refine(isStorable)], {
  error: `must be the name of an action: a string of 1 to ${MAX_ACTION} characters`,
});

/** Beyond the published page, for who shows many tasks, or pages of lines: a task has up to 2,000 lines with it. */
const lines = boolean.default(true).describe('`false` leaves out the lists of skipped and errored lines.');

export const taskQuery = z.object({ lines });

export const listQuery = z.object({
  page: number(1, MAX_PAGE, 1),
  limit: number(1, MAX_LIMIT, 100),
  sort: sort(taskFields),
  status: oneOf(wireStatuses).optional(),
  action: action.optional(),
  q: searched.describe('Only tasks with this id, or with this text in their file name, action or submitter.'),
  errors: boolean.default(false).describe('`true` returns only tasks with errored lines.'),
  lines,
});

export const recordsQuery = z.object({
  q: searched.describe('Only records with this text in a text column, a list or a column with a prefix.'),
  criteria: z.string().optional().describe('Only records that match these criteria (JSON), the same as for an export.'),
  page: number(1, MAX_PAGE, 1),
  limit: number(1, MAX_LIMIT, 100),
  sort: sort(recordFields),
});

export const reportFormats = ['csv', 'ndjson', 'json'] as const;

export const reportQuery = z.object({
  format: oneOf(reportFormats).optional().describe('Overrides the `Accept` header.'),
  outcome: oneOf(['errored', 'skipped']).optional().describe('Only lines with this outcome.'),
  excel: boolean.default(false).describe('CSV that starts with a byte-order mark, which Excel needs to detect UTF-8.'),
});

export const submitHeaders = z.looseObject({
  'idempotency-key': idempotencyKey.optional(),
});

export const followHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .optional()
    .describe('The id of the last event that the client received; it is not sent again.'),
});

/**
 * The task object of the published pages. Members that have no value are left out; so are the lists of lines, instead of
 * being empty, where the task is shown without them.
 */
export const task = z
  .object({
    id: hex24,
    status: z.enum(wireStatuses),
    config: z.object({
      override: z.boolean().optional(),
      /** What is an error; beyond the published page. */
      mode: z.enum(importModes).optional(),
      /** What a blank cell does to an existing record; beyond the published page. */
      blankCells: z.enum(blankCells).optional(),
      mapping: textsByName().optional(),
      constants: textsByName().optional(),
      dateFormat: z.string().optional(),
      formats: z.record(z.string(), z.string()).optional(),
      missingValues: z.array(z.string()).optional(),
      allowShortRows: z.literal(true).optional(),
      encoding: z.string().optional(),
      dryRun: z.literal(true).optional(),
    }),
    /** Its report is what would have become of the lines: no record is written; beyond the published page. */
    dryRun: z.literal(true).optional(),
    /** The task whose lines it corrects, or whose file it runs on; beyond the published page. */
    parentId: hex24.optional(),
    file: z
      .object({
        originalName: upTo(MAX_NAME),
        mimetype: upTo(MAX_MIMETYPE),
        size: whole,
        /** Name in the file store. */
        key: upTo(MAX_NAME),
        /** SHA-256 in lower-case hex. */
        checksum: upTo(MAX_NAME),
        /** Of file stores that have such: a disk has none. */
        bucket: upTo(MAX_NAME).optional(),
        location: upTo(MAX_NAME).optional(),
        region: upTo(128).optional(),
        storageProviderId: hex24.optional(),
      })
      .optional(),
    action: upTo(MAX_ACTION),
    /** What it does where that is no import; beyond the published page. */
    operation: z.enum(['patch', 'act', 'export', 'external']).optional(),
    /** What it is done to where that is no import, such as `devices`; an external handler has none. Beyond the published page. */
    resource: z.string().optional(),
    /** The API that created the task, if it was another one; it needs other permissions. Not on the published page. */
    origin: z.enum(['activityid', 'actions', 'task-v2']).optional(),
    report: z.object({
      numItems: whole,
      numInserts: whole,
      numUpdates: whole,
      /** Where lines have deleted records; beyond the published page. */
      numDeletes: whole.optional(),
      numSkips: whole,
      numErrors: whole,
      skippedLines: z
        .array(z.object({ line: whole }))
        .optional()
        .describe(`The first ${MAX_LIMIT}.`),
      erroredLines: z
        .array(z.object({ line: whole, reason: z.string(), code: z.string(), column: z.string().optional() }))
        .optional()
        .describe(`The first ${MAX_LIMIT}.`),
      warnings: z.array(z.string()).optional(),
    }),
    /** How much of the stored file is done with; beyond the published page, for who shows a bar. */
    progress: z.object({ processedBytes: whole, totalBytes: whole }).optional(),
    /** Of a task that goes through records instead of a file: with how many it is done; beyond the published page. */
    records: z.object({ processed: whole, total: whole }).optional(),
    /** Held until it is resumed, which `status` does not tell; beyond the published page. */
    paused: z.literal(true).optional(),
    error: z.string().optional(),
    /** The name of the person who cancelled it, which `status` does not show. Not on the published page. */
    cancelledBy: z.string().optional(),
    createdBy: z.object({
      id: hex24,
      email: email.optional(),
      firstName: upTo(128).optional(),
      lastName: upTo(128).optional(),
      fullName: upTo(128).optional(),
      picture: z.string().optional(),
    }),
    updatedAt: moment,
    createdAt: moment,
  })
  .meta({ id: 'Task' });

/** What a page of a list says beside its items. */
export const paging = z.object({
  totalDocs: whole,
  limit: whole,
  hasPrevPage: z.boolean(),
  hasNextPage: z.boolean(),
  page: whole,
  totalPages: whole,
  prevPage: whole.optional(),
  nextPage: whole.optional(),
  lean: z.literal(true),
});

function page<Item extends z.ZodType>(item: Item) {
  return success(z.object({ items: z.array(item), ...paging.shape }));
}

/** A status that comes without a body. */
export const noBody = z.null();

export const taskEnvelope = success(task);
export const taskPage = page(task);
export const deletedEnvelope = success(z.object({ id: hex24 }));

/** A line of the full report, as NDJSON and JSON give it. */
export const reportLine = z.object({
  line: whole,
  outcome: z.enum(['errored', 'skipped']),
  code: z.string(),
  column: z.string().optional(),
  reason: z.string(),
  record: textsByName().describe(
    'The record as it is in the file, by header. A column with a repeated or empty name is `name (column 5)`, counted from 1.',
  ),
  /** Cells beyond the header. */
  extraCells: z.array(z.string()).optional(),
});

const reportEnvelope = success(z.object({ id: hex24, columns: z.array(z.string()), lines: z.array(reportLine) }));

const csv = z.string().describe('CSV in UTF-8 with a header.');

/** The full report, in any of its formats. */
export const reportFile = {
  headers: { 'Content-Disposition': 'The name of the file.' },
  content: {
    'text/csv': { schema: csv },
    'application/x-ndjson': { schema: z.string().describe('One JSON object per line of the report.') },
    'application/json': { schema: reportEnvelope },
  },
} as const;

export const sampleFile = { headers: reportFile.headers, content: { 'text/csv': { schema: csv } } } as const;

export const taskEvents = {
  headers: { 'X-Accel-Buffering': 'Keeps nginx from buffering events.' },
  content: {
    'text/event-stream': {
      schema: z
        .string()
        .describe('Events named `task` whose data is the task object; the last one has a final status.'),
    },
  },
} as const;

/** The errors that any route of the dialect can give, by status. */
export const failures = {
  400: errorEnvelope,
  401: errorEnvelope,
  403: errorEnvelope,
  404: errorEnvelope,
  500: errorEnvelope,
  503: errorEnvelope,
} as const;
export const conflict = { 409: errorEnvelope } as const;
export const tooLarge = { 413: errorEnvelope } as const;
export const noRoom = { 507: errorEnvelope } as const;

const kinds = {
  text: z.string(),
  integer: z.int(),
  // Not z.number(): a number that JavaScript would round is written as it is stored.
  numeric: z.unknown().meta({ type: 'number' }),
  date: z.iso.date(),
  time: z.string(),
  timestamptz: moment,
  bigint: z.unknown().meta({ type: 'integer' }),
  boolean: z.boolean(),
  uuid: z.uuid(),
  bytea: z.base64(),
  // Of any depth, and shown as it is.
  jsonb: z.unknown(),
  'text[]': z.array(z.string()),
  'bigint[]': z.array(z.unknown().meta({ type: 'integer' })),
  'numeric[]': z.array(z.unknown().meta({ type: 'number' })),
  'boolean[]': z.array(z.boolean()),
  'date[]': z.array(z.iso.date()),
  'time[]': z.array(z.string()),
  'timestamptz[]': z.array(moment),
} as const satisfies Record<RecordMember['kind'], z.ZodType>;

/** Beyond the published page: sent where a search took long. */
const slowSearch = z
  .object({ code: z.enum(['no_index', 'short_text', 'many_records']), message: z.string() })
  .describe('Why the search was slow, and what to do about it.');

/** A record of a resource, from its declaration. */
export function recordOf(resource: Resource) {
  const { own, members, open, document } = describeResource(resource);
  const tree: Tree = {};
  for (const { path, kind } of members) plant(tree, path, kinds[kind].optional());
  if (open) tree[open] = textsByName().optional();
  // Not z.record, which drops a member named __proto__: a document is shown unchanged.
  if (document) tree[document] = z.unknown().meta({ type: 'object' });
  return z.object({ [own.id]: hex24, ...grow(tree), [own.createdAt]: moment, [own.updatedAt]: moment });
}

/** What a page of records says beside its items. */
export const recordPaging = z.object({
  // Beyond the published page: what is listed, as an export takes it.
  criteria: z.unknown().meta({ type: 'object' }).optional(),
  slow: slowSearch.optional(),
  ...paging.shape,
});

/** A page of records. */
export function recordPage(record: ReturnType<typeof recordOf>) {
  return success(z.object({ items: z.array(record), ...recordPaging.shape }));
}

interface Tree {
  [name: string]: Tree | z.ZodType;
}

function plant(tree: Tree, [name = '', ...rest]: readonly string[], type: z.ZodType): void {
  if (rest.length === 0) {
    tree[name] = type;
    return;
  }
  const branch = Object.hasOwn(tree, name) ? (tree[name] as Tree | z.ZodType) : {};
  tree[name] = branch;
  if (!isType(branch)) plant(branch, rest, type);
}

function grow(tree: Tree): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(tree).map(([name, node]) => [name, isType(node) ? node : z.object(grow(node)).optional()]),
  );
}

function isType(node: Tree | z.ZodType): node is z.ZodType {
  return '_zod' in node;
}
