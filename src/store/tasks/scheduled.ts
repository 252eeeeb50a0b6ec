import { sourcesOf } from '../../task/lifecycle.ts';
import { inTransaction, type Pool } from '../connection/pool.ts';
import type { Turns } from '../queue/turns.ts';
import { hasStatus } from './statuses.ts';
import { TASK_CHANNEL } from './tasks.ts';

/** Tasks started in one transaction at most. */
const AT_ONCE = 100;

/**
 * Lets the tasks begin whose time has come, and gives their organizations a turn.
 *
 * @param now the database's clock when not given
 */
export async function startScheduled(pool: Pool, turns: Turns, now?: Date): Promise<void> {
  for (let started = AT_ONCE; started === AT_ONCE; ) {
    started = await inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ organization_id: string }>(
        `update tasks set status = 'pending', version = version + 1,
           updated_at = clock_timestamp(), status_changed_at = clock_timestamp()
         where id in (select id from tasks where ${hasStatus(sourcesOf('pending', ['scheduled']))} and scheduled_at <= coalesce($1, clock_timestamp())
           order by scheduled_at limit ${AT_ONCE} for update skip locked)
         returning organization_id, pg_notify('${TASK_CHANNEL}', id::text)`,
        [now ?? null],
      );
      // In one order, so that two processes that do this do not wait for each other.
      const organizations = [...new Set(rows.map((row) => row.organization_id))].sort();
      for (const organization of organizations) await turns.give(tx, organization);
      return rows.length;
    });
  }
}
