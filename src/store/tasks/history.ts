import type { Queryable } from '../connection/pool.ts';
import { TERMINAL } from './statuses.ts';

/** Archives an ended task: it is hidden unless history is requested. @returns whether there was such a task */
export async function historizeTask(db: Queryable, organizationId: string, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update tasks set historized_at = clock_timestamp(), version = version + 1
     where organization_id = $1 and id = $2 and ${TERMINAL} and historized_at is null`,
    [organizationId, id],
  );
  return rowCount === 1;
}
