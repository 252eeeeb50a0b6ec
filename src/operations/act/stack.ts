import { raw, type Sql, sql } from '../../store/connection/sql.ts';

/**
 * The current action of a device and what it reverts to. Every statement here is for a row `d` of a resource with actions.
 *
 * - A permanent action is the device's lasting state; it clears the stack. While it is in force there is no `action_until`.
 * - A timed one puts what the device was on the stack. When its time is over, the device becomes the newest entry whose own time
 *   is not over; the oldest is its lasting state (all null when it had none), whose time is never over.
 *
 * So the stack is empty exactly while `action_until` is null. An entry whose time is over before that of the action above it
 * can never come back, and is dropped when that one is put above it: so the stack only holds actions that outlast each other.
 */

/** What a device is, as an entry of its stack. */
const ENTRY = raw(
  `jsonb_build_object('action', d.action, 'reason', d.action_reason, 'until', d.action_until, 'job', d.action_job)`,
);

/** Whether the time of entry `e` is not over at `moment`. */
function outlasts(moment: Sql): Sql {
  return sql`(e->>'until' is null or (e->>'until')::timestamptz > ${moment})`;
}

/** The stack of a device on which an action is put that ends at `until`. */
export function pushed(until: Sql): Sql {
  return sql`case when d.action_until is null then jsonb_build_array(${ENTRY}) else ${left(sql`d.action_stack || ${ENTRY}`, until)} end`;
}

/** The entries of a stack that have not expired at `moment`, in their order; null if there are none. */
export function left(stack: Sql, moment: Sql): Sql {
  return sql`(select jsonb_agg(e order by n) from jsonb_array_elements(${stack}) with ordinality s(e, n) where ${outlasts(moment)})`;
}
