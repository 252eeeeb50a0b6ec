import type { Transaction } from '../../store/connection/pool.ts';
import type { ActionType } from '../../task/task.ts';
import { type Matching, matchingSql } from './matching.ts';
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
  /** The preview whose devices are the only ones that may be touched. */
  readonly previewId?: string;
}

/** Where a step starts, how many devices it may take, and what time it is: by the database's clock when not given. */
export interface ActStep {
  readonly after: string;
  readonly size: number;
  /** Devices that it may look at to find them, where these are not a preview's; not given: all. */
  readonly reach?: number | undefined;
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
export async function applyAct(tx: Transaction, act: Act, { after, size, reach, now }: ActStep): Promise<AppliedAct> {
  const { table } = act.resource;
  const values: unknown[] = [act.organizationId, after, size, act.taskId, act.maxLimit];
  const parameter = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const end = act.until && parameter(act.until, 'timestamptz');
  const { changes, change } = act.type === 'cleanup' ? deletion(table) : assignment(act, parameter, end);
  const over = end ? `${end} <= coalesce(${parameter(now ?? null, 'timestamptz')}, now())` : 'false';
  const bound = parameter(act.previewId ?? act.newest, 'uuid');
  const looked = act.previewId === undefined ? parameter(reach ?? null, 'bigint') : undefined;
  const matching = matchingSql(act, values.length + 1);
  const taken = (from: string) =>
    `taken as materialized (select d.id, ${changes} as changes from ${table} d where ${matching.sql} and ${from} for update of d)`;
  const { candidates, last, exhausted } =
    looked === undefined ? sealed(bound, taken) : open(table, { newest: bound, reach: looked }, taken);
  const { rows } = await tx.query<AppliedAct>(
    `with ${candidates},
       budget as (select case when ${over} then 0 when $5::bigint > 0 then $5 - updates end as rest from tasks where id = $4),
       counted as (select id, changes, row_number() over w as place, sum(changes::integer) over w as changed
         from taken window w as (order by id)),
       kept as materialized (select id, changes, place from counted, budget where rest is null or changed - changes::integer < rest),
       changed as (${change} and d.id in (select id from kept where changes))
     select count(*) as taken, coalesce(array_agg(place::integer order by place) filter (where not changes), '{}') as skipped,
       (select count(*) from candidates) as passed, ${last} as last, ${exhausted} as exhausted,
       coalesce(count(*) filter (where changes) >= (select rest from budget), false) as limited from kept`,
    [...values, ...matching.values],
  );
  return rows[0] as AppliedAct;
}

/** Where the devices of a step come from, as the CTEs `candidates` and `taken`, and how far that goes. */
interface Candidates {
  readonly candidates: string;
  readonly last: string;
  readonly exhausted: string;
}

const LAST_CANDIDATE = '(select id from candidates order by id desc limit 1)';

/** The devices that match among the next `reach`, up to the newest. */
function open(
  table: string,
  { newest, reach }: { readonly newest: string; readonly reach: string },
  taken: (from: string) => string,
): Candidates {
  const last = '(select id from seen order by id desc limit 1)';
  return {
    candidates: `seen as materialized (
        select id from ${table} where organization_id = $1 and id > $2 and id <= ${newest} order by id limit ${reach}),
      ${taken(`d.id > $2 and d.id <= ${last} order by d.id limit $3`)}, candidates as (select id from taken)`,
    last: `case when (select count(*) from candidates) < $3 then ${last} else ${LAST_CANDIDATE} end`,
    exhausted: `(select count(*) from candidates) < $3 and coalesce((select count(*) from seen) < ${reach}, true)`,
  };
}

/** The devices of a preview, part by part; those among them that still match are taken. */
function sealed(preview: string, taken: (from: string) => string): Candidates {
  return {
    candidates: `part as (select ids from preview_parts where preview_id = ${preview} and last_id > $2 order by last_id limit 1),
      candidates as materialized (select id from part, unnest(ids) id where id > $2 order by id limit $3),
      ${taken('d.id in (select id from candidates) order by d.id')}`,
    last: LAST_CANDIDATE,
    exhausted: 'not exists (select from candidates)',
  };
}

function deletion(table: string): { changes: string; change: string } {
  return { changes: 'true', change: `delete from ${table} d where d.organization_id = $1` };
}

function assignment(
  { resource, taskId, type, reason }: Act,
  parameter: (value: unknown, type: string) => string,
  end: string | undefined,
): { changes: string; change: string } {
  const action = parameter(type, 'text');
  const why = parameter(reason === '' ? null : reason, 'text');
  const job = parameter(taskId, 'text');
  const until = end ?? 'null::timestamptz';
  const stack = end ? pushed(end) : `'[]'`;
  return {
    changes: `(d.action, d.action_reason, d.action_until) is distinct from (${action}, ${why}, ${until})`,
    change: `update ${resource.table} d set action = ${action}, action_reason = ${why}, action_until = ${until},
      action_job = ${job}, action_stack = ${stack}, updated_at = now() where d.organization_id = $1`,
  };
}
