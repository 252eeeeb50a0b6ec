import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskStatus } from '../../task/lifecycle.ts';
import type { Pool, Queryable } from '../connection/pool.ts';
import { sql, statement } from '../connection/sql.ts';
import { analyzeGrown } from '../records/statistics.ts';

/** How many of an organization's tasks are alike; tasks that are historized are not counted. */
export interface TaskCount {
  readonly action: string;
  readonly status: TaskStatus;
  /** Whether a worker has begun them. */
  readonly started: boolean;
  readonly tasks: number;
}

/**
 * How many tasks an organization has, by kind; exact in every transaction. As fast as there are kinds, and changes that are not
 * folded in yet: the tasks themselves are not looked at. How it is done: `migrations/0020_task_count_epochs.sql`.
 */
export async function countTasks(db: Queryable, organizationId: string): Promise<TaskCount[]> {
  const { rows } = await db.query<TaskCount>(COUNT({ organizationId }));
  return rows;
}

const COUNT = statement<{ organizationId: string }>(
  ($) => sql`select action, status, started, tasks from tasks_by_kind(${$.organizationId})`,
);

/** Changes folded in one transaction, which takes 0.1 s. */
const AT_ONCE = 20_000;
/**
 * Between two folds while there is something to fold, and while there is not. Whoever counts adds up what is not folded, at 0.3 µs a
 * change: of 200 tasks a second that begin and end, 100 changes and not 1,000.
 */
const PAUSE = { busy: 100, idle: 250 } as const;

/**
 * Folds the changes into the counts. One process does it at a time; who finds another at it leaves it to that one.
 *
 * @returns whether there were any
 */
export async function foldTaskCounts(pool: Pool): Promise<boolean> {
  for (let before = 0; ; before = AT_ONCE) {
    const { rows } = await pool.query<{ folded: number }>('select fold_task_counts($1) as folded', [AT_ONCE]);
    const folded = rows[0]?.folded ?? 0;
    if (folded < AT_ONCE) return before + folded > 0;
  }
}

async function keepOnce(pool: Pool): Promise<boolean> {
  const folded = await foldTaskCounts(pool);
  if (folded) await analyzeGrown(pool);
  return folded;
}

/** Folds them periodically. Servers and workers both do, so that lists stay fast without either. */
export function keepTaskCounts(pool: Pool, onError: (error: Error) => void): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const keep = async () => {
    while (!signal.aborted) {
      const folded = await keepOnce(pool).catch((error: Error) => onError(error));
      await sleep(folded ? PAUSE.busy : PAUSE.idle, undefined, { signal }).catch(() => {});
    }
  };
  const kept = keep();
  return {
    stop() {
      stopping.abort();
      return kept;
    },
  };
}
