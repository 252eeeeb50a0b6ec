import type { z } from 'zod';
import type { TaskEntry } from '../../../service/tasks/search-tasks.ts';
import type { task as taskSchema } from './schema.ts';

export type WireTask = z.input<typeof taskSchema>;

/** The task object of the published page. */
export function toWire(entry: TaskEntry): WireTask {
  return {
    task_id: entry.id,
    handler: entry.handler,
    user_id: entry.userId,
    entity_id: entry.entityId,
    status: entry.status as WireTask['status'],
    request: entry.request,
    response: entry.response,
    created_at: toDay(entry.createdAt),
    updated_at: toDay(entry.updatedAt),
  };
}

function toDay(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
