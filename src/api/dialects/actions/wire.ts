import type { z } from 'zod';
import { notFound } from '../../../service/platform/service-error.ts';
import type { Preview } from '../../../service/preview/preview-action.ts';
import { resourceNameOf } from '../../../service/tasks/list-actions.ts';
import { type ActType, actionTypes, type Task } from '../../../task/task.ts';
import { device, type job, type preview as previewSchema } from './schema.ts';
import { statusOf } from './states.ts';

export type WireJob = z.input<typeof job>;

/** A task that this dialect can express. */
type Act = Extract<Task, { operation: 'act' }>;

/** The job object of the published page. @throws ServiceError `not_found` when the task is no action */
export function toWire(task: Task): WireJob {
  if (task.operation !== 'act') throw notFound();
  const { config, createdBy, createdAt, scheduledAt = createdAt, finishedAt, startedAt = finishedAt } = task;
  return {
    job_id: task.id,
    criteria_json: JSON.stringify(config.criteria),
    action_type: config.type,
    action_duration: config.durationSeconds,
    action_reason: config.reason,
    scheduled_at: scheduledAt.toISOString(),
    ...(startedAt && { executed_at: startedAt.toISOString() }),
    ...(finishedAt && { completed_at: finishedAt.toISOString() }),
    max_limit: config.maxLimit,
    preview_count: config.previewCount,
    affected_count: changedBy(task),
    status: statusOf(task),
    progress_percent: percentOf(task),
    created_by: createdBy.fullName ?? createdBy.email ?? createdBy.id,
    created_at: createdAt.toISOString(),
    updated_at: task.updatedAt.toISOString(),
    ...onRecords(task),
  };
}

/** What the published page does not know: its jobs are on devices. */
function onRecords(task: Act): Partial<WireJob> {
  const { config, counters, error } = task;
  if (isOnDevices(config.type)) return {};
  const { updates: updated, deletes: deleted, skips: skipped, errors: errored } = counters;
  const resource = resourceNameOf(task);
  return {
    ...(resource !== undefined && { resource }),
    ...(config.values && { values: config.values }),
    outcomes: { updated, deleted, skipped, errored },
    ...(error && { error: error.message }),
  };
}

/** Whether an action is one of the published page. */
function isOnDevices(type: ActType): boolean {
  return actionTypes.some((known) => known === type);
}

/** Records that a job has changed or deleted. */
function changedBy({ counters }: Act): number {
  return counters.updates + counters.deletes;
}

/**
 * How far a job is: what it has looked at of what it set out to look at, or changed of what it may change, whichever is more. Both
 * only grow. Devices that were added meanwhile do not make it 100 before it is completed; one that was stopped stays where it was.
 */
function percentOf(task: Act): number {
  const { status, progress, config } = task;
  if (status === 'completed') return 100;
  const looked = progress.total ? progress.done / progress.total : 0;
  const changed = config.maxLimit > 0 ? changedBy(task) / config.maxLimit : 0;
  return Math.min(99, Math.floor(Math.max(looked, changed) * 100));
}

/** What a preview is answered. @param maxLimit that a job would have */
export function toWirePreview(
  preview: Preview,
  { type, maxLimit }: { readonly type: ActType; readonly maxLimit: number },
): z.input<typeof previewSchema> {
  const { count, sample, token, expiresAt } = preview;
  return {
    preview_count: count,
    affected_at_most: maxLimit > 0 ? Math.min(count, maxLimit) : count,
    sample: isOnDevices(type) ? sample.map((one) => device.parse(one)) : [...sample],
    preview_token: token,
    expires_at: expiresAt.toISOString(),
  };
}
