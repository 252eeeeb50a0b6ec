import type { Crash } from '../../task/crash.ts';
import type { StoredFile, TaskCursor, TaskWork } from '../../task/task.ts';
import type { TraceContext } from '../../task/trace-context.ts';
import type { Pool } from '../connection/pool.ts';
import { literal, raw, sql, statement } from '../connection/sql.ts';
import { CRASHES_JSON } from '../ledger/crashes.ts';
import { CLAIMABLE } from '../tasks/statuses.ts';
import { FILE_JSON } from '../tasks/tasks.ts';
import { LEASE_SECONDS, type Lease } from './lease.ts';
import { TURN_CHANNEL, type Turn } from './turns.ts';

/** A claimed task, as a slice needs it. */
export type Claim = TaskWork & {
  readonly lease: Lease;
  readonly action: string;
  /** The version of its resource with which it began, where that was declared. */
  readonly resourceId?: string;
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
  /** Whether the organization had another unclaimed task. */
  readonly more: boolean;
  /** Of the request that made it, where that is traced. */
  readonly traceContext?: TraceContext;
};

/** Who claims a task. */
export interface Claimant {
  /** For people who read the table, and for the server that sees the worker die. */
  readonly name: string;
  /** Records that are at work at once in a worker, where nothing is suspected. */
  readonly atWork: number;
  /** For how long the database answered it without a break, s; not given: as long as it lives. */
  readonly steadySeconds?: number | undefined;
}

type ClaimRow = TaskWork & {
  id: string;
  action: string;
  resource_id: string | null;
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
  trace_context: TraceContext | null;
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
  const { organizationId } = turn;
  const { rows } = await pool.query<ClaimRow>(
    CLAIM({
      organizationId,
      holder: name,
      leaseSeconds: LEASE_SECONDS,
      steadySeconds: steadySeconds ?? null,
      atWork,
    }),
  );
  const [row] = rows;
  if (!row) return undefined;
  const { operation, config } = row;
  return {
    ...({ operation, config } as TaskWork),
    lease: { taskId: row.id, organizationId, token: row.token },
    action: row.action,
    ...(row.resource_id !== null && { resourceId: row.resource_id }),
    ...(row.file && { file: row.file }),
    plan: row.plan ?? undefined,
    items: row.items,
    chunks: row.chunks,
    ...(row.cursor && { cursor: row.cursor }),
    crashes: openCrashes(row, atWork),
    lapsed: row.lapsed,
    begun: row.begun,
    warnings: row.warnings,
    ...(row.step_records !== null && { stepRecords: row.step_records }),
    more: row.more,
    ...(row.trace_context && { traceContext: row.trace_context }),
  };
}

/** The crashes that stand after a claim, which has just written them down. */
function openCrashes({ token, items, lapsed, excused, crashes }: ClaimRow, atWork: number): readonly Crash[] {
  const before = token - 1;
  if (excused) return crashes.filter((crash) => crash.token !== before);
  return lapsed && crashes.length === 0 ? [{ token: before, from: items, to: items + atWork }] : crashes;
}

// A lease that ran out, rather than being handed back, is a crash, unless its worker is excused: when the database was restarted since
// the lease was renewed, or was away from the claimant since then, its worker could not have renewed it. One that is known to be
// dead (`endLeases`) is not excused. Under suspicion a worker writes down what it begins: one that wrote nothing had not begun. All of
// it in the statement that claims the task, so that a worker that lives after all finds what to take back (`releaseTask`).
// A task whose work is not cut up yet stays pending until it is (`beginTask`).
const CLAIM = statement<Record<'organizationId' | 'holder' | 'leaseSeconds' | 'steadySeconds' | 'atWork', unknown>>(
  ($) => sql`
  with candidates as (
    select id, lease_until from tasks
    where organization_id = ${$.organizationId} and ${raw(CLAIMABLE)}
    order by served_at nulls first, id limit 2 for update skip locked
  ), chosen as (
    select id, lease_until is not null as lapsed, isfinite(lease_until) as alive,
      lease_until - make_interval(secs => ${$.leaseSeconds}) as renewed
    from candidates limit 1
  ), claimed as (
    update tasks t set
      served_at = clock_timestamp(),
      lease_token = t.lease_token + 1, lease_holder = ${$.holder},
      lease_until = clock_timestamp() + make_interval(secs => ${$.leaseSeconds})
    from chosen c where t.id = c.id
    returning t.*, c.lapsed, coalesce(c.alive and (pg_postmaster_start_time() > c.renewed
        or clock_timestamp() - make_interval(secs => ${$.steadySeconds}) > c.renewed), false) as excused,
      case when t.operation in ('export', 'act') then t.progress else t.items end as behind
  ), blamed as (
    insert into task_crashes (task_id, lease_token, from_record, to_record)
    select id, lease_token - 1, behind, behind + ${$.atWork} from claimed
    where lapsed and not excused and not exists (select from task_crashes where task_id = claimed.id)
  ), spared as (
    delete from task_crashes c using claimed t where c.task_id = t.id and c.lease_token = t.lease_token - 1 and t.excused
  ), counted as (select count(*) > 1 as more from candidates), given as (
    update turns set waiting = true from counted where organization_id = ${$.organizationId} and more and not waiting
    returning organization_id
  )
  select t.id, t.operation, t.action, t.resource_id, t.config, t.plan, t.cursor, t.chunks, t.lease_token as token, t.lapsed, t.excused,
    t.status = 'running' as begun, t.behind as items, ${raw(CRASHES_JSON('t'))} as crashes,
    t.step_records, t.warnings, t.trace_context, more, ${raw(FILE_JSON('f'))} as file,
    (select pg_notify(${literal(TURN_CHANNEL)}, organization_id::text) from given)
  from counted, claimed t left join files f on f.id = t.file_id`,
);
