import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked, type Pool, type Transaction } from '../connection/pool.ts';
import { literal, raw, sql, statement } from '../connection/sql.ts';
import { CLAIMABLE, RUNNABLE } from '../tasks/statuses.ts';

/** NOTIFY channel on which a new turn is announced; the payload is the organization's id. */
export const TURN_CHANNEL = 'openbulk_turn';

/** An organization's turn to have a share of a worker's time. */
export interface Turn {
  readonly organizationId: string;
  /** For how long the organization had waited for it, s. */
  readonly waitedSeconds: number;
}

/** Who else has a right to a worker's time, as the worker that has a turn sees it. */
export interface TurnAccount {
  /** The organization's account: milliseconds, with all that was put down for turns that are not over. */
  readonly used: number;
  /** The account of the organization that is next; not given: none waits. */
  readonly next?: number;
  /** Whether the organization has another unclaimed task. */
  readonly more: boolean;
}

/**
 * The turns. An organization has at most one waiting, whatever it has submitted, and the one that has had least of the workers'
 * time comes next: so ten rows of one never wait for a million rows, nor for a thousand tasks, of another. It is start-time fair
 * queueing (Goyal, Vin, Cheng 1996) with accounts in milliseconds. What a turn may take is put down when it is taken, so
 * that an organization which has a worker already comes after those that have none.
 *
 * Which of its tasks the turn goes to is told by the tasks themselves (`claim.ts`). A turn is a hint and the task row is the
 * truth: a turn that is lost with its worker is given again by housekeeping.
 */
export interface Turns {
  /** Lets the organization wait for a turn, unless it does already; takes effect with `tx`, and needs no waiting. */
  give(tx: Transaction, organizationId: string): void;
  /** The next turn, if one waits. It is taken: no other worker gets it. What was submitted with it can be seen. */
  take(): Promise<Turn | undefined>;
  /** Charges `milliseconds` more for a turn that continues, and returns who else waits. */
  look(turn: Turn, milliseconds: number): Promise<TurnAccount>;
  /** Ends a turn: corrects the account by `milliseconds`, and gives the organization its next one if it has unclaimed tasks. */
  end(turn: Turn, milliseconds: number): Promise<void>;
  /** Gives a turn to organizations with unclaimed tasks: after a worker died with its turn or its lease, and when a delay ends. */
  giveLost(): Promise<void>;
}

export interface TurnsOptions {
  readonly pool: Pool;
  /** What a turn may take, milliseconds: the same for all processes. */
  readonly shareMilliseconds: number;
}

/**
 * Shares by which a returning organization is ahead of the others: of 500 small files submitted at once next to three large imports,
 * 95 in 100 then wait for 1.9 s at most; with two shares, for 3.0 s.
 */
const AHEAD = 3;

export function openTurns({ pool, shareMilliseconds: share }: TurnsOptions): Turns {
  return {
    give(tx, organizationId) {
      // Against a claim that is looking for work right now: see `take`.
      tx.send({ text: 'select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', values: [organizationId] });
      tx.send(GIVE({ organizationId, ahead: AHEAD * share }));
    },
    async take() {
      for (let locked = 0; locked < LOCKED.tries; ) {
        const { rows } = await pool.query<TakenRow>(TAKE({ share }));
        const [taken] = rows;
        if (!taken) return undefined;
        const { organizationId, sure, waitedSeconds } = taken;
        if (organizationId === null) {
          locked += 1;
          await sleep(LOCKED.milliseconds);
        } else if (sure || (await othersAreOver(pool, organizationId))) {
          return { organizationId, waitedSeconds };
        }
      }
      return undefined;
    },
    async look({ organizationId }, milliseconds) {
      const { rows } = await pool.query<{ used: number; next: number | null; more: boolean }>(
        LOOK({ organizationId, milliseconds }),
      );
      const { used = 0, next = null, more = false } = rows[0] ?? {};
      return { used, more, ...(next !== null && { next }) };
    },
    end: async ({ organizationId }, milliseconds) => void (await pool.query(END({ organizationId, milliseconds }))),
    giveLost: async () => void (await pool.query(GIVE_LOST, [AHEAD * share])),
  };
}

/**
 * One that comes begins `AHEAD` shares before the clock: running organizations yield to it at once, and it to those that have been here all
 * along when it has had these. Rows of others are not locked, nor is that of one whose turn waits: submissions do not wait for each other.
 */
const GIVE = statement<{ organizationId: string; ahead: number }>(
  ($) => sql`
  with clock as (select greatest(last_value - ${$.ahead}::bigint, 0) as start from turn_clock), given as (
    update turns set waiting = true, used = greatest(used, start) from clock
    where organization_id = ${$.organizationId} and not waiting returning organization_id
  ), made as (
    insert into turns (organization_id, used, waiting) select ${$.organizationId}, start, true from clock
    where not exists (select from turns where organization_id = ${$.organizationId}) on conflict do nothing returning organization_id
  )
  select pg_notify(${literal(TURN_CHANNEL)}, organization_id::text) from (select * from given union all select * from made) one`,
);

/**
 * A turn that waits and that another session has locked is looked for again: of several submissions at once, all but the first want to give
 * it as well, and lock it until they see that it is given. Who then went to sleep would hear of no other.
 */
const LOCKED = { milliseconds: 10, tries: 100 } as const;

type TakenRow =
  | { organizationId: string; sure: boolean; waitedSeconds: number }
  | { organizationId: null; sure: false; waitedSeconds: null };

/**
 * With the lock on the organization, every transaction that gave it a turn has ended. One that found a turn waiting, and so added
 * none, must have made its task visible before the claim on that turn looks for tasks; else the task would wait for
 * housekeeping. One that comes later finds no turn waiting.
 *
 * Gives a row without an organization where all turns that wait are locked.
 */
const TAKE = statement<{ share: number }>(
  ($) => sql`
  with next as (
    select organization_id, used from turns where waiting order by used, organization_id limit 1 for update skip locked
  ), taken as (
    update turns t set waiting = false, used = t.used + ${$.share}::bigint from next where t.organization_id = next.organization_id
    returning t.organization_id, next.used, t.waiting_since
  )
  select organization_id as "organizationId", pg_try_advisory_xact_lock(hashtextextended(organization_id::text, 0)) as sure,
    extract(epoch from clock_timestamp() - waiting_since)::float8 as "waitedSeconds",
    setval('turn_clock', greatest(used, (select last_value from turn_clock))) from taken
  union all
  select null, false, null, null where not exists (select from next) and exists (select from turns where waiting)`,
);

/** Whom a submission keeps waiting for longer than this (its process hangs), others come before. */
const PATIENCE = '1s';

/** @returns whether they are; if not, the turn is given back, behind the others that wait */
async function othersAreOver(pool: Pool, organizationId: string): Promise<boolean> {
  try {
    await pool.query(
      `select set_config('lock_timeout', '${PATIENCE}', true), pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [organizationId],
    );
    return true;
  } catch (error) {
    if (!isLocked(error)) throw error;
  }
  await pool.query('update turns set waiting = true where organization_id = $1', [organizationId]);
  return false;
}

const LOOK = statement<{ organizationId: string; milliseconds: number }>(
  ($) => sql`
  with charged as (
    update turns set used = used + ${$.milliseconds}::bigint where organization_id = ${$.organizationId} and ${$.milliseconds} <> 0
  )
  select used + ${$.milliseconds}::bigint as used,
    (select used from turns where waiting and organization_id <> ${$.organizationId} order by used limit 1) as next,
    exists (select from tasks where organization_id = ${$.organizationId} and ${raw(CLAIMABLE)}) as more,
    case when ${$.milliseconds} > 0 then setval('turn_clock', greatest(used, (select last_value from turn_clock))) end
  from turns where organization_id = ${$.organizationId}`,
);

const END = statement<{ organizationId: string; milliseconds: number }>(
  ($) => sql`
  with mine as (
    select organization_id, not waiting and exists (
      select from tasks t where t.organization_id = ${$.organizationId} and ${raw(CLAIMABLE)}) as gives
    from turns where organization_id = ${$.organizationId} for update
  ), ended as (
    update turns t set used = greatest(t.used + ${$.milliseconds}::bigint, 0), waiting = t.waiting or mine.gives
    from mine where t.organization_id = mine.organization_id
  )
  select pg_notify(${literal(TURN_CHANNEL)}, ${$.organizationId}::text) from mine where gives`,
);

/** From organization to organization by the index: one may have a hundred thousand tasks. */
const GIVE_LOST = `
  with recursive clock as (select greatest(last_value - $1::bigint, 0) as start from turn_clock), working as (
    (select organization_id from tasks where ${RUNNABLE} order by organization_id limit 1)
    union all
    select (select t.organization_id from tasks t where ${RUNNABLE} and t.organization_id > working.organization_id
      order by t.organization_id limit 1) from working where working.organization_id is not null
  ), lost as (
    select w.organization_id from working w where w.organization_id is not null
      and exists (select from tasks t where t.organization_id = w.organization_id and ${CLAIMABLE})
  ), idle as (
    select t.organization_id from turns t join lost using (organization_id) where not t.waiting for update of t skip locked
  ), given as (
    update turns t set waiting = true, used = greatest(t.used, start) from idle, clock
    where t.organization_id = idle.organization_id returning t.organization_id
  ), made as (
    insert into turns (organization_id, used, waiting) select organization_id, start, true from lost, clock
    where not exists (select from turns t where t.organization_id = lost.organization_id) on conflict do nothing
    returning organization_id
  )
  select pg_notify('${TURN_CHANNEL}', organization_id::text) from (select * from given union all select * from made) one`;
