import type { Transaction } from '../../store/connection/pool.ts';
import { raw, type Sql, sql, typed } from '../../store/connection/sql.ts';
import type { ActionType } from '../../task/task.ts';
import { compileCriteria } from '../criteria/compile.ts';
import type { Matching } from './matching.ts';
import { pushed } from './stack.ts';

/** What is done, and to which devices. */
export interface Act extends Matching {
  readonly taskId: string;
  /** No device after this one is acted on. */
  readonly newest: string;
  readonly type: ActionType;
  readonly reason: string;
  /** When the devices go back to what they were; not given: never. */
  readonly until?: Date;
  /** Never more devices than this; 0: no limit. */
  readonly maxLimit: number;
}

/** Where a step starts, how many devices it may take, and what time it is: by the database's clock when not given. */
export interface ActStep {
  readonly after: string;
  readonly size: number;
  /** Devices that it may look at to find them, where these are not a preview's; not given: all. */
  readonly reach?: number | undefined;
  /** Of a preview: its next devices, in its order. */
  readonly sealed?: readonly string[];
  readonly now?: Date;
}

/** What became of the devices of a step. */
export interface AppliedAct {
  /** Devices that have an outcome: they were acted on, in the order of ids, or were already exactly so. */
  readonly taken: number;
  /** Places (from 1) among them of those that were already exactly so. */
  readonly skipped: readonly number[];
  /** Candidates that are behind: of a preview's devices also those that match no more. */
  readonly passed: number;
  /** The id of the last device that was looked at; null when there was none. */
  readonly last: string | null;
  /** None is left to look at. */
  readonly exhausted: boolean;
  /** No more devices may be changed: as many were as may, or the action's time is over. */
  readonly limited: boolean;
}

/**
 * Acts on the next devices in the order of ids after `after`, `size` at most, in one statement, which looks at `reach` at most: no device travels here. They are
 * locked in that order, by every action alike, so that two on the same devices wait for each other and no deadlock comes of it.
 *
 * How many the task may still change is told by its own row, which changes in the same transaction under the fence; so neither a
 * crash nor a second worker gets past `maxLimit`. Past `until` nothing is changed: a device would be blocked for a moment, long
 * after it was to be.
 */
export async function applyAct(tx: Transaction, act: Act, step: ActStep): Promise<AppliedAct> {
  const table = raw(act.resource.table);
  const end = act.until && typed(act.until, 'timestamptz');
  const { changes, change } = act.type === 'cleanup' ? deletion(act) : assignment(act, end);
  const over = end ? sql`${end} <= coalesce(${step.now ?? null}::timestamptz, now())` : sql`false`;
  const taken = (from: Sql) => sql`taken as materialized (
         select d.id, ${changes} as changes from ${table} d where ${matching(act)} and ${from} for update of d)`;
  const { candidates, last, exhausted } =
    step.sealed === undefined ? open(act, step, taken) : sealed(step.sealed, taken);
  const { rows } = await tx.query<AppliedAct>(
    sql`with ${candidates},
       budget as (select case when ${over} then 0 when ${act.maxLimit}::bigint > 0 then ${act.maxLimit}::bigint - updates end as rest
         from tasks where id = ${act.taskId}),
       counted as (select id, changes, row_number() over w as place, sum(changes::integer) over w as changed
         from taken window w as (order by id)),
       kept as materialized (select id, changes, place from counted, budget where rest is null or changed - changes::integer < rest),
       changed as (${change} and d.id in (select id from kept where changes))
     select count(*) as taken, coalesce(array_agg(place::integer order by place) filter (where not changes), '{}') as skipped,
       (select count(*) from candidates) as passed, ${last} as last, ${exhausted} as exhausted,
       coalesce(count(*) filter (where changes) >= (select rest from budget), false) as limited from kept`,
  );
  return rows[0] as AppliedAct;
}

/** Where the devices of a step come from, as the CTEs `candidates` and `taken`, and how far that goes. */
interface Candidates {
  readonly candidates: Sql;
  readonly last: Sql;
  readonly exhausted: Sql;
}

const LAST_CANDIDATE = raw('(select id from candidates order by id desc limit 1)');
const LAST_SEEN = raw('(select id from seen order by id desc limit 1)');

/** The devices that match among the next `reach`, up to the newest. */
function open(
  { resource, organizationId, newest }: Act,
  { after, size, reach }: ActStep,
  taken: (from: Sql) => Sql,
): Candidates {
  return {
    candidates: sql`seen as materialized (select id from ${raw(resource.table)}
        where organization_id = ${organizationId} and id > ${after} and id <= ${newest} order by id limit ${reach ?? null}),
      ${taken(sql`d.id > ${after} and d.id <= ${LAST_SEEN} order by d.id limit ${size}`)}, candidates as (select id from taken)`,
    last: sql`case when (select count(*) from candidates) < ${size} then ${LAST_SEEN} else ${LAST_CANDIDATE} end`,
    exhausted: sql`(select count(*) from candidates) < ${size} and coalesce((select count(*) from seen) < ${reach ?? null}, true)`,
  };
}

/** Of the next devices of a preview those that still match. */
function sealed(ids: readonly string[], taken: (from: Sql) => Sql): Candidates {
  return {
    candidates: sql`candidates as materialized (select id from unnest(${ids}::uuid[]) id),
      ${taken(sql`d.id in (select id from candidates) order by d.id`)}`,
    last: LAST_CANDIDATE,
    exhausted: sql`not exists (select from candidates)`,
  };
}

function matching({ resource, organizationId, criteria }: Matching): Sql {
  return sql`d.organization_id = ${organizationId} and ${compileCriteria(resource, criteria, 'd')}`;
}

function deletion({ resource, organizationId }: Act): { changes: Sql; change: Sql } {
  return {
    changes: sql`true`,
    change: sql`delete from ${raw(resource.table)} d where d.organization_id = ${organizationId}`,
  };
}

function assignment(
  { resource, organizationId, taskId, type, reason }: Act,
  end: Sql | undefined,
): { changes: Sql; change: Sql } {
  const action = typed(type, 'text');
  const why = typed(reason === '' ? null : reason, 'text');
  const until = end ?? sql`null::timestamptz`;
  const stack = end ? pushed(end) : sql`'[]'`;
  return {
    changes: sql`(d.action, d.action_reason, d.action_until) is distinct from (${action}, ${why}, ${until})`,
    change: sql`update ${raw(resource.table)} d set action = ${action}, action_reason = ${why}, action_until = ${until},
      action_job = ${taskId}::text, action_stack = ${stack}, updated_at = now() where d.organization_id = ${organizationId}`,
  };
}
