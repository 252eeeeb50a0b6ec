import { hasActions } from '../../resources/resource.ts';
import { shippedResources } from '../../resources/shipped.ts';
import { isTimeout, type Pool, withinTime } from '../../store/connection/pool.ts';
import { raw, type Sql, sql } from '../../store/connection/sql.ts';
import { left } from './stack.ts';

/** Records that go back in one transaction, which may take so long, ms; of one that takes longer, a tenth are tried. */
const AT_ONCE = 5_000;
const TIME_MILLISECONDS = 5_000;

/**
 * Reverts records whose timed action has expired. Any number of processes may do this at the same time;
 * what a task is acting on right now is left to the next time.
 *
 * @param now the database's clock when not given
 */
export async function revertDue(pool: Pool, stop: AbortSignal, now?: Date): Promise<void> {
  for (const { table } of shippedResources.filter(hasActions)) {
    let size = AT_ONCE;
    for (let reverted = size; reverted === size && !stop.aborted; ) {
      try {
        const { rowCount } = await withinTime(pool, TIME_MILLISECONDS, (tx) =>
          tx.query(revert(table, { size, now: now ?? null })),
        );
        reverted = rowCount ?? 0;
      } catch (error) {
        if (!isTimeout(error) || size === 1) throw error;
        size = Math.ceil(size / 10);
        reverted = size;
      }
    }
  }
}

function revert(table: string, { size, now }: { readonly size: number; readonly now: Date | null }): Sql {
  const moment = sql`coalesce(${now}::timestamptz, now())`;
  return sql`with due as materialized (
      select d.organization_id, d.id, ${left(raw('d.action_stack'), moment)} as stack from ${raw(table)} d
      where d.action_until <= ${moment} order by d.action_until limit ${size} for update skip locked)
    update ${raw(table)} d set action = due.stack->-1->>'action', action_reason = due.stack->-1->>'reason', action_job = due.stack->-1->>'job',
      action_until = (due.stack->-1->>'until')::timestamptz, action_stack = coalesce(due.stack - -1, '[]'), updated_at = now()
    from due where d.organization_id = due.organization_id and d.id = due.id`;
}
