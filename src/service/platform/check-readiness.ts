import { setTimeout as sleep } from 'node:timers/promises';
import { hasTables } from '../../store/platform/migrate.ts';
import type { TaskContext } from '../tasks/task-context.ts';

/** Who asks wants an answer while there is still time to send requests elsewhere. */
const PATIENCE_MILLISECONDS = 3_000;

/** Whether requests can be served now: the database answers, and has our tables. */
export async function checkReadiness({ pool }: Pick<TaskContext, 'pool'>): Promise<boolean> {
  const asked = hasTables(pool).catch(() => false);
  return Promise.race([asked, sleep(PATIENCE_MILLISECONDS, false, { ref: false })]);
}
