import { quoteName } from '../../../../store/connection/quote.ts';
import type { PlannedColumn, WriteMode } from '../../plan/plan.ts';
import { COUNTED, lockInOrder } from './look.ts';
import { EQUAL, notOfALine, type Parts } from './parts.ts';

/** Writes the lines from `ob_next` to `ob_last` that change something at once, and counts whether it did what was to be expected. */
function insertSet(parts: Parts): string {
  const { plan, stage, table } = parts;
  const { into, values } = parts.insert('s');
  const given = new Set([...plan.columns.map(({ name }) => name), plan.organization?.column]);
  const arbiter = plan.key.filter(({ column }) => given.has(column)).map(({ column }) => quoteName(column));
  const after = (column: PlannedColumn) => parts.kept(column, `excluded.${quoteName(column.name)}`);
  const assigned = parts.changed.map(({ column }) => `${quoteName(column.name)} = ${after(column)}`);
  const set = assigned.length > 0 && [...assigned, ...parts.touched()].join(', ');
  const before = parts.changed.map(({ column }) => parts.told(column, `t.${quoteName(column.name)}`));
  const then = parts.changed.map(({ column }) => parts.told(column, after(column)));
  const update = set && `update set ${set} where (${before.join(', ')}) is distinct from (${then.join(', ')})`;
  const conflict =
    plan.mode === 'insert'
      ? ''
      : `on conflict (${arbiter.join(', ')}) do ${plan.mode === 'upsert' && set ? update : 'nothing'}`;
  return `with written as (
          insert into ${table} as t (${into})
          select ${values} from ${stage} s where s.n between ob_next and ob_last and get_byte(ob_seen, s.n - 1) <> ${EQUAL} order by s.n
          ${conflict} returning (t.xmax = 0) as new
        ) select count(*) filter (where w.new), count(*) filter (where not w.new) into ob_inserted, ob_updated from written w;
        if ob_inserted <> ob_absent or ob_updated <> ob_different then
          raise exception 'not as expected' using errcode = 'OB001';
        end if;`;
}

/** What becomes of lines that are written as a set, by what the first look found of them. */
function setOutcomes(mode: WriteMode): string {
  return mode === 'upsert' ? 'iu=' : 'iux';
}

/** Of lines whose records are taken for different: locks them, and writes all at once. When that fails, nothing is done. */
export function takeForDifferent(parts: Parts): string {
  const { plan } = parts;
  if (!plan.sets || plan.mode !== 'upsert' || !plan.locks) return '';
  return `
  if ob_look = 'lock' then
    begin
      set local jit = off;
      select ${COUNTED}
      from (select s.n, case when l.found then 'd' else 'a' end as state from ${lockInOrder(parts, '')}) y;
      set local jit to default;
      ob_next := 1;
      ob_last := ob_count;
      ${insertSet(parts)}
      ob_outcomes := translate(convert_from(ob_seen, 'UTF8'), 'ade', '${setOutcomes(plan.mode)}'); ob_faults := '[]';
      return next;
      return;
    exception when others or assert_failure then
      get stacked diagnostics ob_state = returned_sqlstate;
      if ${notOfALine('ob_state')} then raise; end if;
      ob_seen := null;
      ob_look := 'compare';
      ob_block := 0;
    end;
  end if;`;
}

/** Writes a block of lines as a set, unless a key comes more than once in it. When that fails, nothing is done, and they go one by one. */
export function asSet(parts: Parts): string {
  const { plan } = parts;
  if (!plan.sets) return '';
  const onlyNew = plan.mode === 'insert' ? 'and ob_absent = ob_last - ob_next + 1' : '';
  return `
    ob_states := null;
    if ob_block > 1 and ob_seen is not null then
      ob_states := convert_from(substr(ob_seen, ob_next, ob_last - ob_next + 1), 'UTF8');
      ob_absent := length(ob_states) - length(replace(ob_states, 'a', ''));
      ob_different := length(ob_states) - length(replace(ob_states, 'd', ''));
    end if;
    if ob_states is not null and ob_states !~ '[ADEFf]' ${onlyNew} then
      begin
        if ob_absent + ob_different > 0 then
        ${insertSet(parts)}
        end if;
        ob_states := translate(ob_states, 'ade', '${setOutcomes(plan.mode)}');
      exception when others or assert_failure then
        get stacked diagnostics ob_state = returned_sqlstate;
        if ${notOfALine('ob_state')} then raise; end if;
        ob_states := null;
      end;
      if ob_states is not null and ob_next = 1 and ob_last = ob_count then
        ob_outcomes := ob_states; ob_faults := '[]';
        return next;
        return;
      elsif ob_states is not null then
        for ob_at in ob_next .. ob_last loop
          ob_done[ob_at] := substr(ob_states, ob_at - ob_next + 1, 1);
        end loop;
        ob_next := ob_last + 1;
        exit when ob_next > ob_count;
        continue;
      end if;
    end if;
`;
}
