import type { Crash, Records } from '../../task/crash.ts';
import type { StoredFile, TaskCursor, TaskFailure, TaskWork } from '../../task/task.ts';
import {
  inTransaction,
  NOT_WAITING,
  type Pool,
  prepared,
  type Queryable,
  type Transaction,
} from '../connection/pool.ts';
import { CRASHES_JSON, noteAtWork, takeBack } from '../ledger/crashes.ts';
import { CLAIMABLE, FILE_JSON, RUNNABLE, TASK_CHANNEL } from '../tasks/tasks.ts';
import { TURN_CHANNEL, type Turn, type Turns } from './turns.ts';

/** Seconds a lease lasts without being renewed; by the database's clock, like all lease times. */
export const LEASE_SECONDS = 30;

/** The right to work on a task: whoever has the newest token, while it lasts. */
export interface Lease {
  readonly taskId: string;
  readonly organizationId: string;
  /** The fencing token: every write of a slice is conditional on it. */
  readonly token: number;
}

/** A claimed task, as a slice needs it. */
export type Claim = TaskWork & {
  readonly lease: Lease;
  readonly action: string;
  readonly file?: StoredFile;
  readonly plan?: unknown;
  readonly cursor?: TaskCursor;
  /** Records done: lines; of an export rows, of an action candidates. */
  readonly items: number;
  readonly chunks: number;
  /** What was at work when workers stopped at this place. */
  readonly crashes: readonly Crash[];
  /** The lease before this one ran out: its worker's session may be there still. */
  readonly lapsed: boolean;
  /** Whether its work was begun before. */
  readonly begun: boolean;
  /** Records in a step at most, since a larger one took too long; not given: as many as usual. */
  readonly stepRecords?: number;
  /** What its submitter was told before. */
  readonly warnings: readonly string[];
  /** Whether the organization had another task that nobody held. */
  readonly more: boolean;
};

/** Who claims a task. */
export interface Claimant {
  /** For people who look at the table, and for whoever sees the worker die. */
  readonly name: string;
  /** Records that are at work at once in a worker, where nothing is suspected. */
  readonly atWork: number;
  /** For how long the database answered it without a break, s; not given: as long as it lives. */
  readonly steadySeconds?: number | undefined;
}

/** The lease is another's, or has run out, or the task was cancelled, paused or deleted: nothing may be written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

type ClaimRow = TaskWork & {
  id: string;
  action: string;
  plan: unknown;
  cursor: TaskCursor | null;
  items: number;
  chunks: number;
  crashes: Crash[];
  token: number;
  lapsed: boolean;
  excused: boolean;
  begun: boolean;
  step_records: number | null;
  warnings: string[];
  more: boolean;
  file: StoredFile | null;
};

/**
 * Claims a task on an organization's turn: the one that was served longest ago, so that the tasks of an organization take
 * turns too. If another one waits, the organization gets its next turn at once, for another worker. One statement, since
 * a turn makes one of these for each of many small tasks.
 */
export async function claimTask(
  pool: Pool,
  turn: Turn,
  { name, atWork, steadySeconds }: Claimant,
): Promise<Claim | undefined> {
  const values = [turn.organizationId, name, LEASE_SECONDS, steadySeconds ?? null, atWork];
  const { rows } = await pool.query<ClaimRow>(prepared(CLAIM, values));
  const [row] = rows;
  if (!row) return undefined;
  const { operation, config } = row;
  return {
    ...({ operation, config } as TaskWork),
    lease: { taskId: row.id, organizationId: turn.organizationId, token: row.token },
    action: row.action,
    ...(row.file && { file: row.file }),
    plan: row.plan ?? undefined,
    items: row.items,
    chunks: row.chunks,
    ...(row.cursor && { cursor: row.cursor }),
    crashes: standing(row, atWork),
    lapsed: row.lapsed,
    begun: row.begun,
    warnings: row.warnings,
    ...(row.step_records !== null && { stepRecords: row.step_records }),
    more: row.more,
  };
}

/** The crashes that stand after a claim, which has just written them down. */
function standing({ token, items, lapsed, excused, crashes }: ClaimRow, atWork: number): readonly Crash[] {
  const before = token - 1;
  if (excused) return crashes.filter((crash) => crash.token !== before);
  return lapsed && crashes.length === 0 ? [{ token: before, from: items, to: items + atWork }] : crashes;
}

// A lease that ran out, rather than being handed back, is a crash, unless its worker is excused: when the database was restarted since
// the lease was renewed, or was away from the claimant since then, its worker could not have renewed it. One that is known to be
// dead (`endLeases`) is not excused. Under suspicion a worker writes down what it begins: one that wrote nothing had not begun. All of
// it in the statement that claims the task, so that a worker that lives after all finds what to take back (`releaseTask`).
// A task whose work is not cut up yet stays pending until it is (`beginTask`).
const CLAIM = `
  with candidates as (
    select id, lease_until from tasks
    where organization_id = $1 and ${CLAIMABLE}
    order by served_at nulls first, id limit 2 for update skip locked
  ), chosen as (
    select id, lease_until is not null as lapsed, isfinite(lease_until) as alive, lease_until - make_interval(secs => $3) as renewed
    from candidates limit 1
  ), claimed as (
    update tasks t set
      served_at = clock_timestamp(),
      lease_token = t.lease_token + 1, lease_holder = $2, lease_until = clock_timestamp() + make_interval(secs => $3)
    from chosen c where t.id = c.id
    returning t.*, c.lapsed, coalesce(c.alive and (pg_postmaster_start_time() > c.renewed
        or clock_timestamp() - make_interval(secs => $4) > c.renewed), false) as excused,
      case when t.operation in ('export', 'act') then t.progress else t.items end as behind
  ), blamed as (
    insert into task_crashes (task_id, lease_token, from_record, to_record)
    select id, lease_token - 1, behind, behind + $5 from claimed
    where lapsed and not excused and not exists (select from task_crashes where task_id = claimed.id)
  ), spared as (
    delete from task_crashes c using claimed t where c.task_id = t.id and c.lease_token = t.lease_token - 1 and t.excused
  ), counted as (select count(*) > 1 as more from candidates), given as (
    update turns set waiting = true from counted where organization_id = $1 and more and not waiting returning organization_id
  )
  select t.id, t.operation, t.action, t.config, t.plan, t.cursor, t.chunks, t.lease_token as token, t.lapsed, t.excused,
    t.status = 'running' as begun, t.behind as items, ${CRASHES_JSON('t')} as crashes,
    t.step_records, t.warnings, more, ${FILE_JSON('f')} as file,
    (select pg_notify('${TURN_CHANNEL}', organization_id::text) from given)
  from counted, claimed t left join files f on f.id = t.file_id`;

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
/** That a lease still holds: its task's id is `$1`, its token `$2`. */
export const FENCE = `id = $1 and lease_token = $2 and status in ('pending', 'running') and lease_until > clock_timestamp()`;

/** A text that is null only where the lease does not hold; there the statement fails, and with it whatever was sent behind it. */
export function orRefuse(text: string): string {
  return `coalesce(${text}, refuse('${LOST_CODE}', '${LOST}'))`;
}

/** What `orRefuse` means. */
export function asLost(error: Error): Error {
  return 'code' in error && error.code === LOST_CODE ? new LeaseLostError(LOST, { cause: error }) : error;
}

/** Puts off the end of a lease. @throws LeaseLostError */
export async function renewLease(db: Queryable, lease: Lease): Promise<void> {
  await fenced(db, lease, `lease_until = clock_timestamp() + make_interval(secs => $3)`, [LEASE_SECONDS]);
}

/** What the first slice finds out about the work before it begins. */
export interface PlanRecord {
  readonly plan: unknown;
  readonly cursor: TaskCursor;
  readonly warnings?: readonly string[];
  /** How much there is to do: `Progress.total`; not given: as it was known before. */
  readonly total?: number;
}

/** Keeps what was found out about the work since it began. @throws LeaseLostError */
export async function savePlan(db: Queryable, lease: Lease, record: PlanRecord): Promise<void> {
  await fenced(
    db,
    lease,
    `plan = $3, cursor = $4, warnings = $5, progress_total = coalesce($6, progress_total),
     version = version + 1, updated_at = clock_timestamp(), status_changed_at = clock_timestamp()`,
    [record.plan, record.cursor, JSON.stringify(record.warnings ?? []), record.total ?? null],
  );
}

/**
 * Begins the work of a task, and keeps what was found out about it; in one statement, which needs no waiting: no chunk is recorded of a
 * task that has not begun.
 *
 * @throws LeaseLostError
 */
export async function beginTask(db: Queryable, lease: Lease, record?: PlanRecord): Promise<void> {
  const { plan, cursor, warnings = [], total } = record ?? {};
  const values = [plan ?? null, cursor ?? null, JSON.stringify(warnings), total ?? null, record !== undefined];
  await fenced(
    db,
    lease,
    `plan = case when $7 then $3::jsonb else plan end, cursor = case when $7 then $4::jsonb else cursor end,
     warnings = case when $7 then $5::jsonb else warnings end, progress_total = coalesce($6, progress_total),
     status = 'running', started_at = coalesce(started_at, clock_timestamp()),
     version = version + 1, updated_at = clock_timestamp(), status_changed_at = clock_timestamp()`,
    values,
    NOT_WAITING,
  );
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
       where id = $1 and lease_token = $2 and status in ('pending', 'running') returning organization_id
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

/** Ends a task that cannot be done. @throws LeaseLostError */
export async function failTask(pool: Pool, lease: Lease, failure: TaskFailure): Promise<void> {
  await inTransaction(pool, async (tx) => {
    await fenced(
      tx,
      lease,
      `status = 'failed', error = $3, finished_at = clock_timestamp(), lease_until = null,
       version = version + 1, updated_at = clock_timestamp(), status_changed_at = clock_timestamp()`,
      [failure],
    );
    await announce(tx, lease);
  });
}

async function fenced(
  db: Queryable,
  lease: Lease,
  assignments: string,
  values: readonly unknown[],
  returning = 'id',
): Promise<void> {
  const text = `update tasks set ${assignments} where ${FENCE} returning ${returning}`;
  const { rowCount } = await db.query(prepared(text, [lease.taskId, lease.token, ...values]));
  if (rowCount === 0) throw new LeaseLostError(LOST);
}

async function announce(tx: Transaction, lease: Lease): Promise<void> {
  await tx.query('select pg_notify($1, $2)', [TASK_CHANNEL, lease.taskId]);
}
