import { useSummaries } from '../../catalogue/queries.ts';
import { useSession } from '../../session.ts';
import { type Kind, rightsOf, type TaskRights } from './rights.ts';

/** What the signed-in person can do with a task. */
export function useTaskRights(task: Kind): TaskRights {
  return rightsOf(task, useSession().permissions, useSummaries());
}
