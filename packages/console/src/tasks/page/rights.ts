import type { TaskState } from '@openbulk/client';
import type { Summary } from '../../catalogue/queries.ts';
import { allows } from '../../session.ts';

/** What the signed-in person can do with a task. */
export interface TaskRights {
  readonly steer: boolean;
  readonly remove: boolean;
  readonly readLines: boolean;
  readonly download: boolean;
}

interface Asked {
  readonly steer: string;
  readonly remove: string;
}

const HERE: Asked = { steer: 'base.bulk.management.update', remove: 'base.bulk.management.delete' };
const READ_HERE = 'base.bulk.management.get';

/** The additional permissions that each other API requires for its own tasks. */
const ELSEWHERE: Record<NonNullable<TaskState['origin']>, Asked> = {
  activityid: { steer: 'activityid.user.bulk.patch', remove: 'activityid.user.bulk.patch' },
  actions: { steer: 'actions.bulk.job.cancel', remove: 'actions.bulk.job.delete' },
  'task-v2': { steer: 'task.update', remove: 'task.delete' },
};

export type Kind = Pick<TaskState, 'origin' | 'operation' | 'resource'>;

/** @param summaries the resources that there are */
export function rightsOf(
  { origin, operation, resource }: Kind,
  permissions: readonly string[],
  summaries: readonly Pick<Summary, 'name' | 'permissions'>[],
): TaskRights {
  const asked = origin ? ELSEWHERE[origin] : HERE;
  const may = (...all: (string | undefined)[]) =>
    all.every((permission) => permission === undefined || allows(permissions, permission));
  const exported = summaries.find(({ name }) => name === resource);
  return {
    steer: may(HERE.steer, asked.steer),
    remove: may(HERE.remove, asked.remove),
    readLines: may(READ_HERE, operation === 'patch' ? 'activityid.user.bulk.get' : undefined),
    download: may('task.download', exported?.permissions.export),
  };
}
