import { changes, DIFFERS, notOfALine, type Parts, TO_REPEATED } from './parts.ts';
import { isUnresolved } from './references.ts';

/** The keys of a staged line `s`, as the order in which records are locked. */
function keysOf(parts: Parts): string {
  return parts
    .key('s')
    .map(({ part, text }) => `${text}::${part.type}`)
    .join(', ');
}

/** @param from lines `s` in the order of their keys */
export function lockInOrder(parts: Parts, where: string): string {
  const strength = parts.plan.mode === 'delete' ? 'for update' : 'for no key update';
  const columns = parts.key('s').map(({ text }) => text);
  return `(select s.n, ${columns.join(', ')} from ${parts.stage} s ${where} order by ${keysOf(parts)} offset 0) s
        left join lateral (select true as found from ${parts.table} t where ${parts.isRecord('s')} ${strength} of t offset 0) l on true`;
}

/** Counts what the first look found, of lines `y`. */
export const COUNTED = `convert_to(string_agg(y.state, '' order by y.n), 'UTF8'),
        count(*) filter (where y.state = 'a'), count(*) filter (where y.state = 'd'), count(*) filter (where y.state = 'f')
      into ob_seen, ob_absent, ob_different, ob_unresolved`;

/** What is found of a line `s` that would be written: of one whose references are not settled, that it has to go alone. */
function written(parts: Parts, state: 'a' | 'd' | 'e'): string {
  return parts.plan.references ? `case when ${isUnresolved(parts, 's')} then 'f' else '${state}' end` : `'${state}'`;
}

/**
 * Looks at all records of the lines' keys in one statement: so lines that change nothing need no more. Those that will be changed are then
 * locked in the order of their keys: whoever locks in that order, too, never waits for us while we wait for him. A value that is none
 * of its type has the look fail; then the lines are gone through without it.
 */
export function look(parts: Parts): string {
  const { plan, stage, table } = parts;
  const differs = plan.mode === 'delete' ? 'true' : changes(plan.mode) ? parts.differs('s') : 'false';
  const allEqual = changes(plan.mode)
    ? `if ob_absent + ob_different + ob_unresolved = 0 then
        set local jit to default;
        ob_outcomes := repeat('=', ob_count); ob_faults := '[]';
        return next;
        return;
      end if;`
    : '';
  const lock = plan.locks ? `perform from ${lockInOrder(parts, `where get_byte(ob_seen, s.n - 1) = ${DIFFERS}`)};` : '';
  // What comes of a key again depends on what became of it before.
  const repeats = plan.independent
    ? `select array_agg(y.n) into ob_repeats from
        (select s.n, count(*) over (partition by ${keysOf(parts)}) as times from ${stage} s) y where y.times > 1;
      if ob_repeats is not null then
        foreach ob_next in array ob_repeats loop
          ob_seen := set_byte(ob_seen, ob_next - 1, get_byte(ob_seen, ob_next - 1) - ${TO_REPEATED});
        end loop;
      end if;`
    : '';
  const lockAll = `
  if ob_look = 'lock' then
    set local jit = off;
    begin
      perform from ${lockInOrder(parts, '')};
    exception when others or assert_failure then
      get stacked diagnostics ob_state = returned_sqlstate;
      if ${notOfALine('ob_state')} then raise; end if;
    end;
    set local jit to default;
  end if;`;
  return `${plan.locks && !plan.sets ? lockAll : ''}
  if ob_look = 'compare' then
    -- For this one query, which fires nothing: of a table that was just filled the planner expects the worst.
    set local jit = off;
    begin
      select ${COUNTED}
      from (select s.n, case when x.differs then ${written(parts, 'd')} when x.differs is null then ${written(parts, 'a')}
          else ${changes(plan.mode) ? written(parts, 'e') : `'e'`} end as state from ${stage} s
        left join lateral (select ${differs} as differs from ${table} t where ${parts.isRecord('s')} offset 0) x on true) y;
      ${allEqual}
      ${lock}
      ${repeats}
    exception when others or assert_failure then
      get stacked diagnostics ob_state = returned_sqlstate;
      if ${notOfALine('ob_state')} then raise; end if;
      ob_seen := null;
    end;
    set local jit to default;
  end if;`;
}
