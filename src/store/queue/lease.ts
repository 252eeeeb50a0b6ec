import type { Records } from '../../task/crash.ts';
import { runnable, type TaskStatus } from '../../task/lifecycle.ts';
import { inTransaction, type Pool, type Queryable } from '../connection/pool.ts';
import { prepared, raw, type Sql, sql } from '../connection/sql.ts';
import { noteAtWork, takeBack } from '../ledger/crashes.ts';
import { hasStatus, RUNNABLE } from '../tasks/statuses.ts';
import { TURN_CHANNEL, type Turns } from './turns.ts';

/** Seconds a lease lasts without being renewed; by the database's clock, like all lease times. */
export const LEASE_SECONDS = 30;

/** The right to work on a task: the newest token, until it expires. */
export interface Lease {
  readonly taskId: string;
  readonly organizationId: string;
  /** The fencing token: every write of a slice is conditional on it. */
  readonly token: number;
}

/** The lease is another's, or has run out, or the task was cancelled, paused or deleted: nothing may be written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The name that a slice's database session bears, so that who takes its lease can end it. */
export function sessionName(lease: Pick<Lease, 'taskId' | 'token'>): string {
  return `openbulk ${lease.taskId} ${lease.token}`;
}

/** Ends the session of the lease before this one: a process that hangs mid-transaction must not keep the records locked. */
export async function endSessionBefore(pool: Pool, { taskId, token }: Lease): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1`,
    [sessionName({ taskId, token: token - 1 })],
  );
}

const LOST = 'Another worker has this task, or it was stopped.';
/** SQLSTATE of a lost lease: none of PostgreSQL's begins so. */
const LOST_CODE = 'OB001';
/**
 * That a lease still holds, in SQL, and its task has one of these statuses.
 *
 * @param lease the values, or the parameters that they are
 * @param from some of those in which a worker has a task; all when not given
 */
export function fence(
  { taskId, token }: Readonly<Record<'taskId' | 'token', unknown>>,
  from: readonly TaskStatus[] = runnable,
): Sql {
  return sql`id = ${taskId} and lease_token = ${token} and ${raw(hasStatus(from))} and lease_until > clock_timestamp()`;
}

/** A text that is null only where the lease does not hold; there the statement fails, and with it whatever was sent behind it. */
export function orRefuse(text: Sql): Sql {
  return sql`coalesce(${text}, ${raw(`refuse('${LOST_CODE}', '${LOST}')`)})`;
}

/** What `orRefuse` means. */
export function asLost(error: Error): Error {
  return 'code' in error && error.code === LOST_CODE ? new LeaseLostError(LOST, { cause: error }) : error;
}

/** Puts off the end of a lease. @throws LeaseLostError */
export async function renewLease(db: Queryable, lease: Lease): Promise<void> {
  await changeHeld(db, lease, { set: sql`lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})` });
}

/** How a task is handed back. */
export interface HandBack {
  /** What was at work when the slice failed: it is suspect. Not given: nothing under this lease was a crash. */
  readonly crash?: Records | undefined;
  /** Nobody takes the task up before. */
  readonly delaySeconds?: number;
  /** Records that a step may have from now on; null: as many as usual; not given: as before. */
  readonly stepRecords?: number | null;
}

/**
 * Hands a task back before it is done, with the organization's next turn. Of a lease that is another's already only what its worker was
 * blamed for is taken back, unless that is said to be true. Whoever has a turn ends it only after this (`Turns.end`), and so sees
 * whether a turn is still wanting.
 */
export async function releaseTask(pool: Pool, lease: Lease, how: HandBack = {}): Promise<void> {
  const { crash } = how;
  const handed = crash
    ? await inTransaction(pool, async (tx) => {
        const handed = await handBack(tx, lease, how);
        if (handed) await noteAtWork(tx, lease, crash);
        return handed;
      })
    : await handBack(pool, lease, how);
  // A statement of its own: the one above may have waited for the claim that wrote down what is to be taken back.
  if (!handed && !crash) await takeBack(pool, lease);
}

/** @returns whether it was one's own */
async function handBack(
  db: Queryable,
  lease: Lease,
  { crash, delaySeconds = 0, stepRecords }: HandBack,
): Promise<boolean> {
  const { rows } = await db.query<{ handed: boolean }>(
    `with handed as (
       update tasks set lease_until = null, run_after = clock_timestamp() + make_interval(secs => $3),
         step_records = case when $5 then $6 else step_records end
       where id = $1 and lease_token = $2 and ${hasStatus(runnable)} returning organization_id
     ), noted as (delete from task_crashes where task_id = $1 and lease_token = $2 and not $4
     ), given as (
       update turns t set waiting = true from handed h
       where t.organization_id = h.organization_id and not t.waiting and $3 = 0 returning t.organization_id
     )
     select exists (select from handed) as handed, (select pg_notify('${TURN_CHANNEL}', organization_id::text) from given)`,
    [lease.taskId, lease.token, delaySeconds, crash !== undefined, stepRecords !== undefined, stepRecords ?? null],
  );
  return rows[0]?.handed === true;
}

/** Whose leases are ended. */
export interface Holder {
  readonly holder: string;
  /** `dead`: what it was at is suspect. */
  readonly how: 'dead' | 'idle';
  /** Ids of tasks that it does work on. */
  readonly except?: readonly string[];
}

/**
 * Ends all leases of a worker that works on nothing, and gives their organizations a turn: of one that is dead, so that nobody waits
 * for them to run out, or of one that does not know what it claimed, since the answer was lost.
 */
export async function endLeases(
  { pool, turns }: { readonly pool: Pool; readonly turns: Turns },
  { holder, how, except = [] }: Holder,
): Promise<void> {
  await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ organization_id: string }>(
      `with ended as (
         update tasks set lease_until = case when $2 then '-infinity'::timestamptz end
         where lease_holder = $1 and lease_until is not null and ${RUNNABLE} and id <> all($3)
         returning id, organization_id, lease_token
       ), noted as (
         delete from task_crashes c using ended e where c.task_id = e.id and c.lease_token = e.lease_token and not $2
       )
       select distinct organization_id from ended order by 1`,
      [holder, how === 'dead', except],
    );
    for (const { organization_id } of rows) turns.give(tx, organization_id);
  });
}

/** What of a task is changed under a lease. There are few texts of these. */
interface Change {
  readonly set: Sql;
  /** As `fence` has it. */
  readonly from?: readonly TaskStatus[];
  readonly returning?: string;
}

/** Changes a task if its lease still holds. @throws LeaseLostError */
export async function changeHeld(db: Queryable, lease: Lease, { set, from, returning = 'id' }: Change): Promise<void> {
  const { rowCount } = await db.query(
    prepared(sql`update tasks set ${set} where ${fence(lease, from)} returning ${raw(returning)}`),
  );
  if (rowCount === 0) throw new LeaseLostError(LOST);
}
