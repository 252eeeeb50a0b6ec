import type { ErroredLine } from '../task/ledger.ts';
import { type ChunkOutcomes, causesOf, count, formatLines } from '../task/ledger.ts';
import type { CrashMark, StoredFile, TaskCursor, TaskFailure, TaskWork } from '../task/task.ts';
import { inTransaction, type Pool, type Queryable, type Transaction, transact } from './pool.ts';
import { FILE_JSON, RUNNABLE, TASK_CHANNEL } from './tasks.ts';
import type { Turn, Turns } from './turns.ts';

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
  /** Lines done; of an export, rows. */
  readonly items: number;
  readonly chunks: number;
  readonly crash?: CrashMark;
};

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
  crash: CrashMark | null;
  token: number;
  crashed: boolean;
  more: boolean;
  file: StoredFile | null;
};

/**
 * Claims a task on an organization's turn: the one that was served longest ago, so that the tasks of an organization take
 * turns too. If another one waits, the organization gets its next turn at once, for another worker.
 */
export async function claimTask(pool: Pool, turns: Turns, turn: Turn, holder: string): Promise<Claim | undefined> {
  const row = await inTransaction(pool, async (tx) => {
    await turns.settle(tx, turn);
    const { rows } = await tx.query<ClaimRow>(CLAIM, [turn.organizationId, holder, LEASE_SECONDS]);
    if (rows[0]?.more) await turns.give(tx, turn.organizationId);
    return rows[0];
  });
  if (!row) return undefined;
  const lease = { taskId: row.id, organizationId: turn.organizationId, token: row.token };
  if (row.crashed) await endSession(pool, { ...lease, token: row.token - 1 });
  const { operation, config } = row;
  return {
    ...({ operation, config } as TaskWork),
    lease,
    action: row.action,
    ...(row.file && { file: row.file }),
    plan: row.plan ?? undefined,
    items: row.items,
    chunks: row.chunks,
    ...(row.cursor && { cursor: row.cursor }),
    ...(row.crash && { crash: row.crash }),
  };
}

// A lease that ran out (rather than being handed back) is a crash: counted, with the lines done before the first one there.
// A task whose work is not cut up yet stays pending until it is (`beginTask`).
const CLAIM = `
  with candidates as (
    select id, lease_until from tasks
    where organization_id = $1 and ${RUNNABLE}
      and (lease_until is null or lease_until < clock_timestamp()) and run_after <= clock_timestamp()
    order by served_at nulls first, id limit 2 for update skip locked
  ), chosen as (select id, lease_until is not null as crashed from candidates limit 1), claimed as (
    update tasks t set
      served_at = clock_timestamp(),
      lease_token = t.lease_token + 1, lease_holder = $2, lease_until = clock_timestamp() + make_interval(secs => $3),
      crash = case when c.crashed then jsonb_build_object('count', coalesce((t.crash->>'count')::int, 0) + 1,
          'items', coalesce((t.crash->>'items')::bigint, case t.operation when 'export' then t.progress else t.items end))
        else t.crash end
    from chosen c where t.id = c.id
    returning t.*, c.crashed
  )
  select t.id, t.operation, t.action, t.config, t.plan, t.cursor, t.chunks, t.crash, t.lease_token as token, t.crashed,
    case t.operation when 'export' then t.progress else t.items end as items,
    (select count(*) > 1 from candidates) as more, ${FILE_JSON('f')} as file
  from claimed t left join files f on f.id = t.file_id`;

/** The name that a slice's database session bears, so that who takes its lease can end it. */
export function sessionName(lease: Pick<Lease, 'taskId' | 'token'>): string {
  return `openbulk ${lease.taskId} ${lease.token}`;
}

/** Ends the session of a lost lease: a process that hangs mid-transaction must not keep the records locked. */
async function endSession(pool: Pool, lease: Lease): Promise<void> {
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1`,
    [sessionName(lease)],
  );
}

const LOST = 'Another worker has this task, or it was stopped.';
const FENCE = `id = $1 and lease_token = $2 and status in ('pending', 'running') and lease_until > clock_timestamp()`;

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

/** Keeps what the first slice found out about the work. @throws LeaseLostError */
export async function savePlan(db: Queryable, lease: Lease, record: PlanRecord): Promise<void> {
  await fenced(
    db,
    lease,
    `plan = $3, cursor = $4, warnings = $5, progress_total = coalesce($6, progress_total),
     version = version + 1, updated_at = clock_timestamp(), status_changed_at = clock_timestamp()`,
    [record.plan, record.cursor, JSON.stringify(record.warnings ?? []), record.total ?? null],
  );
}

/** Begins the work of a task that is still pending. @throws LeaseLostError */
export async function beginTask(db: Queryable, lease: Lease): Promise<void> {
  await fenced(
    db,
    lease,
    `status = 'running', started_at = coalesce(started_at, clock_timestamp()),
     version = version + case when status = 'running' then 0 else 1 end,
     updated_at = case when status = 'running' then updated_at else clock_timestamp() end,
     status_changed_at = case when status = 'running' then status_changed_at else clock_timestamp() end`,
    [],
  );
}

/** What one chunk's transaction writes beside the records. */
export interface ChunkRecord {
  readonly chunk: number;
  readonly outcomes: ChunkOutcomes;
  /** Where in the input the chunk starts. */
  readonly start: TaskCursor;
  /** Line of its last record; 0 when it has none. */
  readonly lastLine: number;
  /** Where the chunk after it starts. */
  readonly cursor: TaskCursor;
  /** `Progress.done`. */
  readonly progress: number;
  /** There is no more to do: the task is completed in the same transaction. */
  readonly done: boolean;
  /** The id of the file that the task made; with `done`. */
  readonly resultFileId?: string;
  readonly crash?: CrashMark;
}

/**
 * What holds for a chunk's transaction.
 *
 * - Its commit does not wait for the disk: should the database crash within the next moments the chunk may be gone, effect and
 *   evidence, with every later one, and is done anew from the cursor that is then there. Only the end of a task must wait.
 * - Records are found by their keys. The planner knows nothing of a table that was just filled, and takes a chunk for a large part
 *   of it: reading all of 300,000 records for each chunk made an import four times slower, and comparing each row with all 50,000 of
 *   a new organization a hundred times.
 */
const CHUNK_SETTINGS =
  '; set local synchronous_commit = off; set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_material = off';

/** Runs a chunk's transaction on a session at hand. */
export function transactChunk<T>(session: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transact(session, work, CHUNK_SETTINGS);
}

/**
 * Writes the evidence of a chunk in the transaction that made its effect: ledger row, counters, cursor, and the end of the
 * task if it is the last. The fence is checked here, after the records, on the row whose change commits with them. One
 * statement, since each is a way to the server and back.
 *
 * @throws LeaseLostError
 */
export async function recordChunk(tx: Transaction, lease: Lease, record: ChunkRecord): Promise<void> {
  if (record.done) await tx.query('set local synchronous_commit to default');
  const { outcomes, start } = record;
  const { items, inserts, updates, skips, errors } = count(outcomes);
  const { rowCount } = await tx.query(RECORD_CHUNK, [
    lease.taskId,
    lease.token,
    items,
    inserts,
    updates,
    skips,
    errors,
    record.chunk,
    record.cursor,
    record.progress,
    record.crash ?? null,
    record.done,
    LEASE_SECONDS,
    record.resultFileId ?? null,
    start.line,
    record.lastLine,
    formatLines(outcomes.inserted),
    formatLines(outcomes.updated),
    formatLines(outcomes.skipped),
    JSON.stringify(outcomes.errored satisfies ErroredLine[]),
    start.offset,
    errors === 0 ? null : JSON.stringify(causesOf(outcomes.errored)),
  ]);
  if (rowCount === 0) throw new LeaseLostError(LOST);
}

const RECORD_CHUNK = `
  with fenced as (
    update tasks set items = items + $3, inserts = inserts + $4, updates = updates + $5, skips = skips + $6, errors = errors + $7,
      chunks = $8::integer + 1, cursor = $9, progress = greatest(progress, $10), crash = $11,
      status = case when $12 then 'completed' else status end, result_file_id = $14,
      finished_at = case when $12 then clock_timestamp() end,
      status_changed_at = case when $12 then clock_timestamp() else status_changed_at end,
      lease_until = case when $12 then null else clock_timestamp() + make_interval(secs => $13) end,
      version = version + 1, updated_at = clock_timestamp()
    where ${FENCE} returning id
  ), ledger as (
    insert into task_chunks (task_id, chunk, start_line, last_line, items, inserts, updates, skips, errors,
      inserted, updated, skipped, errored, start_offset, causes)
    select id, $8, $15, $16, $3, $4, $5, $6, $7, $17, $18, $19, $20, $21, $22 from fenced where $3 > 0
  )
  select pg_notify('${TASK_CHANNEL}', id::text) from fenced`;

/**
 * Hands a task back before it is done, with the organization's next turn. With `crash` the place is suspect; with
 * `delaySeconds` nobody takes it up before. A lease that is lost already is left alone.
 */
export async function releaseTask(
  pool: Pool,
  turns: Turns,
  lease: Lease,
  options: { readonly crash?: CrashMark; readonly delaySeconds?: number } = {},
): Promise<void> {
  await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      `update tasks set lease_until = null, crash = coalesce($3, crash),
         run_after = clock_timestamp() + make_interval(secs => $4)
       where id = $1 and lease_token = $2 and status in ('pending', 'running')`,
      [lease.taskId, lease.token, options.crash ?? null, options.delaySeconds ?? 0],
    );
    if (rowCount && !options.delaySeconds) await turns.give(tx, lease.organizationId);
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

/**
 * Gives a turn to every organization that has work which nobody holds: after a worker died with its turn or its lease, and
 * when a delay is over.
 */
export async function giveLostTurns(pool: Pool, turns: Turns): Promise<void> {
  const { rows } = await pool.query<{ organization_id: string }>(
    `select distinct organization_id from tasks where ${RUNNABLE}
       and (lease_until is null or lease_until < clock_timestamp()) and run_after <= clock_timestamp()`,
  );
  for (const { organization_id } of rows) await inTransaction(pool, (tx) => turns.give(tx, organization_id));
}

async function fenced(db: Queryable, lease: Lease, assignments: string, values: readonly unknown[]): Promise<void> {
  const { rowCount } = await db.query(`update tasks set ${assignments} where ${FENCE}`, [
    lease.taskId,
    lease.token,
    ...values,
  ]);
  if (rowCount === 0) throw new LeaseLostError(LOST);
}

async function announce(tx: Transaction, lease: Lease): Promise<void> {
  await tx.query('select pg_notify($1, $2)', [TASK_CHANNEL, lease.taskId]);
}
