import { z } from 'zod';
import { shown } from '../../../task/errors.ts';
import { actionTypes, recordActionTypes } from '../../../task/task.ts';
import { fieldMessages } from '../../errors/messages.ts';
import { idempotencyKey, number, oneOf } from '../../request-schemas.ts';
import { problem } from './errors.ts';
import { wireStatuses } from './states.ts';

const uuid = z.uuid();
const whole = z.int().min(0);
const moment = z.iso.datetime({ precision: 3 });

const criteria = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: 'must be criteria, as an object or as its JSON in a string',
});

/** Those of the published page, on devices, and those on records of any resource. */
const types = [...actionTypes, ...recordActionTypes] as const;

const actionType = z
  .string({ error: oneOfActions() })
  .transform((name) => name.toLowerCase())
  .pipe(z.enum(types, { error: oneOfActions() }));

function oneOfActions(): string {
  return fieldMessages.oneOf(types);
}

/** On what, and of `set` what to. */
const onRecords = {
  resource: z
    .string({ error: fieldMessages.string })
    .describe('The name of the resource; `devices` if not given.')
    .nullish(),
  values: z
    .record(z.string(), z.unknown(), { error: 'must be an object from columns to values' })
    .describe('Of `set`: columns and their values, as records show them; null for no value.')
    .nullish(),
};

/** A count in a body; absent is 0. */
function count(message: string) {
  return z.int({ error: message }).min(0, message).default(0);
}

const maxLimit = count('must be a whole number; 0 means no limit');

/** Request of a preview. Unknown members are errors: a misspelled `max_limit` must not mean "all". */
export const previewBody = z.strictObject(
  { criteria_json: criteria, action_type: actionType, max_limit: maxLimit, ...onRecords },
  { error: notOurs },
);

/** What a job is asked. */
export const jobBody = z.strictObject(
  {
    criteria_json: criteria,
    action_type: actionType,
    action_duration: count('must be a whole number of seconds; 0 means permanently'),
    action_reason: z.string({ error: fieldMessages.string }).default(''),
    scheduled_at: z
      .string({ error: notAMoment() })
      .toUpperCase()
      .pipe(z.iso.datetime({ offset: true, error: notAMoment() }))
      .nullish(),
    max_limit: maxLimit,
    preview_token: z.string({ error: 'must be the preview_token of a preview' }).nullish(),
    ...onRecords,
  },
  { error: notOurs },
);

function notAMoment(): string {
  return 'must be a timestamp with an offset, such as 2026-01-31T09:00:00Z or 2026-01-31T10:00:00+01:00';
}

function notOurs(issue: { readonly code?: string; readonly keys?: readonly string[] }): string {
  if (issue.code !== 'unrecognized_keys') return 'must be a JSON object';
  return `has unknown members: ${issue.keys?.slice(0, 10).map(shown).join(', ')}`;
}

export const jobHeaders = z.looseObject({ 'idempotency-key': idempotencyKey.optional() });

export const jobParams = z.object({ id: z.string() });

export const jobsQuery = z.object({
  limit: number(1, 100, 50),
  /** `next_cursor` of the page before. */
  cursor: z.string().optional(),
  status: oneOf(wireStatuses).optional(),
});

/** The object of the published page. Members that have no value yet are left out. */
export const job = z.object({
  job_id: uuid,
  criteria_json: z.string(),
  action_type: z.enum([...types, 'revert']),
  /** Seconds; 0 means permanently. */
  action_duration: whole,
  action_reason: z.string(),
  /** Of one that runs at once, when it was made. */
  scheduled_at: moment,
  /** Of one that was stopped before it began, when it was. */
  executed_at: moment.optional(),
  completed_at: moment.optional(),
  max_limit: whole,
  /** Records that matched when the job was made. */
  preview_count: whole,
  /** Records that were really changed. */
  affected_count: whole,
  status: z.enum(wireStatuses),
  progress_percent: z.int().min(0).max(100),
  created_by: z.string(),
  created_at: moment,
  updated_at: moment,
  resource: z.string().describe('Of `set`, `delete` and `revert`: the name of the resource.').optional(),
  values: z
    .record(z.string(), z.unknown())
    .describe('Of `set`: as submitted. Of `revert`: what was set, and is put back.')
    .optional(),
  outcomes: z
    .object({ updated: whole, deleted: whole, skipped: whole, errored: whole })
    .describe('Of `set`, `delete` and `revert`: how many records have which outcome.')
    .optional(),
  error: z
    .string()
    .describe('Of `set`, `delete` and `revert`: why the job failed, or that it was cancelled.')
    .optional(),
});

/** Newest first. The published pages have no list; this is its shape. */
export const jobPage = z.object({
  jobs: z.array(job),
  /** Asks for the next page; absent on the last one. */
  next_cursor: z.string().optional(),
});

/** A device as previews of the published page's actions show it. */
export const device = z.object({
  id: z.string(),
  mac: z.string(),
  ip: z.string().optional(),
  hostname: z.string().optional(),
  vendor: z.string().optional(),
  vlan: z.int().optional(),
  site: z.string().optional(),
  firstSeen: moment.optional(),
  lastSeen: moment.optional(),
  action: z.enum(actionTypes).optional(),
  actionReason: z.string().optional(),
  actionUntil: moment.optional(),
});

export const preview = z.object({
  /** Records that match. */
  preview_count: whole,
  /** How many of them a job with this `max_limit` changes at most. */
  affected_at_most: whole,
  sample: z
    .array(z.record(z.string(), z.unknown()))
    .max(20)
    .describe('The first of them, as lists of the resource show them; none if the token may not list them.'),
  preview_token: z.string(),
  expires_at: moment,
});

export const cancelled = z.object({ success: z.literal(true), job_id: uuid, status: z.literal('cancelled') });
export const deleted = z.object({ job_id: uuid, status: z.literal('deleted'), success: z.literal(true) });

/** A status that comes without a body. */
export const noBody = z.null();

/** The errors that any route of the dialect can give, by status. */
export const failures = { 400: problem, 401: problem, 403: problem, 404: problem, 500: problem, 503: problem } as const;
/** Those of a route that takes a body. */
export const bodyFailures = { 413: problem, 415: problem } as const;
export const keyReused = { 409: problem } as const;
export const outgrown = { 412: problem } as const;
