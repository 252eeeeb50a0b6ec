import type { PoolClient } from 'pg';
import { PgBoss } from 'pg-boss';
import { type Pool, withSession } from '../connection/pool.ts';

const LOCK = `hashtextextended('openbulk pg-boss', 0)`;

type Run = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

/** Runs statements one after the other: pg-boss begins some while others are under way, as a pool takes them. */
function inTurn(session: PoolClient): Run {
  let before: Promise<unknown> = Promise.resolve();
  return (text, values) => {
    const run = before.then(() => session.query(text, values));
    before = run.catch(() => {});
    return run;
  };
}

export interface BossOptions {
  readonly pool: Pool;
  readonly onError: (error: Error) => void;
}

/**
 * Starts pg-boss on our pool, making its tables where the database has none yet.
 *
 * @param open prepares the queues; if it fails, pg-boss is stopped
 */
export async function startBoss(
  { pool, onError }: BossOptions,
  open: (boss: PgBoss) => Promise<void>,
): Promise<PgBoss> {
  const onPool: Run = (text, values) => pool.query(text, values);
  let run = onPool;
  // PostgreSQL refuses `create schema if not exists` to a role that may not make one, even where it is there.
  const { rows } = await pool.query<{ lacks: boolean }>(`select to_regnamespace('pgboss') is null as lacks`);
  const boss = new PgBoss({
    db: { executeSql: (text, values) => run(text, values) },
    createSchema: rows[0]?.lacks === true,
    supervise: true,
    schedule: true,
    // Not worth a query of their own: jobs are settled as they are taken, so there is nothing to bloat or count.
    monitorVacuum: false,
    reindex: false,
  });
  boss.on('error', onError);
  try {
    // One process at a time: two that make the tables at once spoil it for each other, and leave a connection in a broken transaction.
    // On the connection that has the lock: there may be no other.
    await withSession(pool, async (session) => {
      await session.query(`select pg_advisory_lock(${LOCK})`);
      const onSession = inTurn(session);
      run = onSession;
      try {
        await boss.start();
      } finally {
        run = onPool;
        await onSession(`select pg_advisory_unlock(${LOCK})`);
      }
    });
    await open(boss);
  } catch (error) {
    await boss.stop({ graceful: false, close: false }).catch(() => {});
    throw error;
  }
  return boss;
}
