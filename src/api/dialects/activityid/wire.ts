import type { z } from 'zod';
import type { LineResult } from '../../../service/lines/list-results.ts';
import type { TaskLife } from '../../../task/task.ts';
import type { bulk, result, WireStatus } from './schema.ts';

export type WireBulk = z.input<typeof bulk>;
export type WireResult = z.input<typeof result>;

/** The bulk of the published page. Any task is one: it has an id, a status and two dates. */
export function toWire(task: TaskLife): WireBulk {
  return {
    bulkId: task.id,
    status: statusOf(task),
    createdOn: task.createdAt.toISOString(),
    updatedOn: changedAt(task).toISOString(),
  };
}

/** The column of activityid in docs/api/common.md "Statuses". What waited for its time has been scheduled ever since. */
function statusOf({ status, startedAt, scheduledAt, planned }: TaskLife): WireStatus {
  switch (status) {
    case 'pending':
      return planned || scheduledAt ? 'scheduled' : 'received';
    case 'scheduled':
      return 'scheduled';
    case 'awaiting_approval':
    case 'paused':
      return startedAt ? 'processing' : 'scheduled';
    case 'running':
      return 'processing';
    case 'completed':
      return 'completed';
    case 'failed':
    case 'cancelled':
      return 'failed';
  }
}

/** When the status, as this dialect spells it, last changed: to pause and to go on are changes of ours, and none of these. */
function changedAt(task: TaskLife): Date {
  const status = statusOf(task);
  if (status === 'processing') return task.startedAt ?? task.statusChangedAt;
  if (status === 'scheduled' && task.scheduledAt) return task.createdAt;
  return task.statusChangedAt;
}

/** What became of a line. */
export function toWireResult({ line, outcome, ids, reason }: LineResult): WireResult {
  return { line, ...ids, outcome, ...(reason !== undefined && { error: reason }) };
}
