import { PgBoss } from 'pg-boss';
import type { Pool } from './pool.ts';

export interface BossOptions {
  readonly pool: Pool;
  /** Whether this process also does pg-boss's housekeeping; workers do. */
  readonly supervise: boolean;
  /** Whether this process also puts in what is due by its schedule. */
  readonly schedule: boolean;
  readonly onError: (error: Error) => void;
}

/** Starts pg-boss on our pool, making its tables where the database has none yet. */
export async function startBoss({ pool, supervise, schedule, onError }: BossOptions): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    supervise,
    schedule,
    // Not worth a query of their own: jobs are settled as they are taken, so there is nothing to bloat or count.
    monitorVacuum: false,
    reindex: false,
  });
  boss.on('error', onError);
  await boss.start();
  return boss;
}
