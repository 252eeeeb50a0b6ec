import type { TaskState } from '@openbulk/client';
import { isResource, resources } from '../records/resources.ts';
import { useSession } from '../session.ts';

/** What whoever is signed in may do with a task. */
export interface TaskRights {
  readonly steer: boolean;
  readonly remove: boolean;
  readonly readLines: boolean;
  readonly download: boolean;
}

/** What an API asks of who does this to its tasks; from here it takes that, and what is asked of tasks made here. */
interface Asked {
  readonly steer: string;
  readonly remove: string;
  readonly readLines?: string;
}

const HERE: Required<Asked> = {
  steer: 'base.bulk.management.update',
  remove: 'base.bulk.management.delete',
  readLines: 'base.bulk.management.get',
};
const PATCHES: Asked = {
  steer: 'activityid.user.bulk.patch',
  remove: 'activityid.user.bulk.patch',
  readLines: 'activityid.user.bulk.get',
};
const JOBS: Asked = { steer: 'actions.bulk.job.cancel', remove: 'actions.bulk.job.delete' };
const OTHERS: Asked = { steer: 'task.update', remove: 'task.delete' };

/** By the action it is told where a task was made, but for imports of stored files: of those the server has the last word. */
function askedOf({ action }: Pick<TaskState, 'action'>): Asked {
  if (action.startsWith('import-')) return HERE;
  if (action.startsWith('patch-')) return PATCHES;
  return action.endsWith('-devices') && !action.startsWith('export-') ? JOBS : OTHERS;
}

export function rightsOf(task: Pick<TaskState, 'action'>, permissions: readonly string[]): TaskRights {
  const asked = askedOf(task);
  const may = (permission: string | undefined) => permission === undefined || permissions.includes(permission);
  const resource = task.action.replace(/^export-/, '');
  return {
    steer: may(HERE.steer) && may(asked.steer),
    remove: may(HERE.remove) && may(asked.remove),
    readLines: may(HERE.readLines) && may(asked.readLines),
    download: may('task.download') && may(isResource(resource) ? resources[resource].permission : undefined),
  };
}

export function useTaskRights(task: Pick<TaskState, 'action'>): TaskRights {
  return rightsOf(task, useSession().permissions);
}
