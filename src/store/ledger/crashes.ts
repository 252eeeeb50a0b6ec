import type { Records } from '../../task/crash.ts';
import type { Queryable, Transaction } from '../connection/pool.ts';

/** A task's crashes, as SQL gives them to a claim. */
export const CRASHES_JSON = (task: string) => `(
  select coalesce(json_agg(json_build_object('token', lease_token, 'from', from_record, 'to', to_record)), '[]')
  from task_crashes where task_id = ${task}.id)`;

/** Who has, or had, a task. */
interface Holder {
  readonly taskId: string;
  readonly token: number;
}

const UPSERT = `
  insert into task_crashes (task_id, lease_token, from_record, to_record) select id, $2, $3, $4 from tasks where id = $1
  on conflict (task_id, lease_token) do update set from_record = excluded.from_record, to_record = excluded.to_record`;

/** Writes down what a worker begins with under suspicion, or what it was at when it failed. */
export async function noteAtWork(db: Queryable, { taskId, token }: Holder, { from, to }: Records): Promise<void> {
  await db.query(UPSERT, [taskId, token, from, to]);
}

/** No crash happened under this lease: its worker lives, and nothing that it worked on stopped it. */
export async function takeBack(db: Queryable, { taskId, token }: Holder): Promise<void> {
  await db.query('delete from task_crashes where task_id = $1 and lease_token = $2', [taskId, token]);
}

/**
 * Clears what a chunk is past, in its transaction, and writes down what begins next under suspicion, if anything does.
 *
 * @param behind records done; all there are when the task is
 */
export async function narrowSuspects(
  tx: Transaction,
  { taskId, token }: Holder,
  { behind, next }: { readonly behind: number; readonly next?: Records | undefined },
): Promise<void> {
  const past = 'delete from task_crashes where task_id = $1 and (to_record <= $2';
  if (!next) await tx.query(`${past} or lease_token = $3)`, [taskId, behind, token]);
  else {
    await tx.query(
      `with past as (${past} and lease_token <> $3))
       insert into task_crashes (task_id, lease_token, from_record, to_record) values ($1, $3, $4, $5)
       on conflict (task_id, lease_token) do update set from_record = excluded.from_record, to_record = excluded.to_record`,
      [taskId, behind, token, next.from, next.to],
    );
  }
}
