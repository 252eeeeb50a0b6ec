import type { GivenJson } from '../../task/json/exact-json.ts';
import { sourcesOfReported, statuses, type TaskStatus } from '../../task/lifecycle.ts';
import type { TaskFailure } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { join, raw, type Sql, sql } from '../connection/sql.ts';
import { hasStatus } from './statuses.ts';
import { TASK_CHANNEL } from './tasks.ts';

/** What an external handler's worker, or who gave it the task, changes; what is not given stays. */
export interface ExternalChange {
  readonly userId?: string | null;
  readonly entityId?: string | null;
  readonly request?: GivenJson | null;
  readonly response?: GivenJson | null;
  readonly status?: TaskStatus;
  readonly error?: TaskFailure;
}

const COLUMNS = {
  userId: ['user_id'],
  entityId: ['entity_id'],
  request: ['request', 'request_text'],
  response: ['response', 'response_text'],
  status: ['status'],
  error: ['error'],
} as const satisfies Record<keyof ExternalChange, readonly string[]>;

/**
 * Changes an external task that the transaction has locked, and announces it.
 *
 * @throws Error when it cannot come to its new status
 */
export async function changeExternal(tx: Queryable, id: string, change: ExternalChange): Promise<void> {
  const given = (Object.keys(COLUMNS) as (keyof ExternalChange)[]).filter((name) => change[name] !== undefined);
  const assignments = given.flatMap((name) => {
    const values = valuesOf(change, name);
    return COLUMNS[name].map((column, index) => sql`${raw(column)} = ${values[index]}`);
  });
  if (change.status !== undefined) assignments.push(...timesOf(change.status));
  assignments.push(sql`version = version + 1`, sql`updated_at = clock_timestamp()`);
  const { status } = change;
  const from = status === undefined ? statuses : sourcesOfReported(status);
  const { rowCount } = await tx.query(
    sql`update tasks set ${join(assignments)}
     where id = ${id} and operation = 'external' and ${raw(hasStatus(from))} returning pg_notify(${TASK_CHANNEL}, id::text)`,
  );
  if (rowCount === 0) throw new Error(`The external task ${id} cannot become ${status}.`);
}

function valuesOf(change: ExternalChange, name: keyof ExternalChange): unknown[] {
  if (name !== 'request' && name !== 'response') return [change[name]];
  const json = change[name];
  return json ? [JSON.stringify(json.value), json.text] : [null, null];
}

function timesOf(status: TaskStatus): Sql[] {
  const began = status === 'running' || status === 'completed';
  return [
    sql`status_changed_at = clock_timestamp()`,
    ...(began ? [sql`started_at = coalesce(started_at, clock_timestamp())`] : []),
    ...(status === 'running' ? [] : [sql`finished_at = clock_timestamp()`]),
  ];
}
