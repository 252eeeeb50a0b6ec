import type { Attribute, TaskState, Vocabulary } from '../../../service/tasks/search-tasks.ts';
import type { ApiContext } from '../../context.ts';

export const PREFIX = '/v2/task';

export const wireStatuses = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;
export type WireStatus = (typeof wireStatuses)[number];

/** The column of task-v2 in docs/api/common.md "Statuses"; the first state of each is what a client means who asks for it. */
const statuses = {
  pending: [
    { status: 'pending' },
    { status: 'scheduled' },
    { status: 'awaiting_approval', started: false },
    { status: 'paused', started: false },
  ],
  in_progress: [
    { status: 'running' },
    { status: 'awaiting_approval', started: true },
    { status: 'paused', started: true },
  ],
  completed: [{ status: 'completed' }],
  failed: [{ status: 'failed' }],
  cancelled: [{ status: 'cancelled' }],
} as const satisfies Record<WireStatus, readonly TaskState[]>;

/** Who does what runs here. */
export const handlers = {
  import: 'ImportHandler',
  patch: 'PatchHandler',
  act: 'ActionHandler',
  export: 'ExportHandler',
} as const satisfies Vocabulary['handlers'];

/** The members of a task, as they are called here. */
const attributes = {
  task_id: 'taskId',
  handler: 'handler',
  user_id: 'userId',
  entity_id: 'entityId',
  status: 'status',
  request: 'request',
  response: 'response',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
} as const satisfies Record<string, Attribute>;

export const memberNames = Object.keys(attributes);

/** The attribute of that name, if there is one. */
export function attributeOf(name: string): Attribute | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name as keyof typeof attributes] : undefined;
}

/** How this dialect calls a member of a task that a service names; any other name stays. */
export function wireName(member: string): string {
  return memberNames.find((name) => attributeOf(name) === member) ?? member;
}

/** The dialect's words for tasks. The server's URL is known only if it is configured. */
export function vocabularyOf({ publicUrl = '' }: ApiContext): Vocabulary {
  return { statuses, handlers, downloadUrl: `${publicUrl}${PREFIX}/download/` };
}
