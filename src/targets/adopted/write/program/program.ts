import { hash } from 'node:crypto';
import { quoteName, quoteNames, quoteText } from '../../../../store/connection/quote.ts';
import type { WritePlan } from '../../plan/plan.ts';
import { blame, notThere, passOver, writeLine } from './lines.ts';
import { look } from './look.ts';
import { array, fault, notOfALine, Parts } from './parts.ts';
import {
  afterTakenBack,
  isCreatedMeanwhile,
  referenceVariables,
  stagedReferences,
  stageLines,
  toldReference,
} from './references.ts';
import { asSet, takeForDifferent } from './sets.ts';

/**
 * What a plan is to a session: a temporary table that takes lines as texts, and a function that writes them. Both are made from the plan,
 * named after it, and kept until the session ends or has another plan.
 */
export interface Program {
  /** Makes table and function where the session has them not, and has the transaction as the owner's triggers expect it. */
  readonly prepare: string;
  /** Copies lines, each with its number, into the table. */
  readonly stage: string;
  /** Writes them. Its parameters: how many they are, a `Look`, and how many to try as a set; 0: none. */
  readonly write: string;
  /** Copies lines, without their numbers, straight into the target. */
  readonly copy: string;
}

/**
 * What is done before lines are written: nothing; all records are compared with their lines; or, where each differed in the chunk before,
 * they are taken for different, and only locked.
 */
export type Look = 'none' | 'compare' | 'lock';

export function writeProgram(plan: WritePlan): Program {
  const digest = hash('sha256', JSON.stringify(plan), 'hex').slice(0, 16);
  // A temporary table comes before the owner's for what its triggers name without a schema: these names nobody else has.
  const stage = `openbulk_stage_${digest}`;
  const run = `openbulk_write_${digest}`;
  // Lines come into a table of their own where something of them is looked up.
  const lines = `openbulk_lines_${digest}`;
  const { columns, organization, values } = plan;
  const staged = values ? values.map((_, i) => `v${i + 1}`) : columns.map((_, i) => `c${i + 1}`);
  const into = [...columns.map(({ name }) => name), ...(organization ? [organization.column] : [])];
  return {
    prepare: `do language plpgsql ${quoteText(prepare(plan, { stage, lines, run }))}`,
    stage: `copy pg_temp.${values ? lines : stage} (${[...staged, 'n'].join(', ')}) from stdin`,
    write: `select * from pg_temp.${run}($1, $2, $3)`,
    copy: `copy ${quoteNames(plan.table.schema, plan.table.table)} (${into.map(quoteName).join(', ')}) from stdin`,
  };
}

/** The planner's settings that our own statements or connections have. A trigger of the owner's is planned as the role has it. */
const OURS = ['jit', 'enable_hashjoin', 'enable_mergejoin', 'enable_material'];

/** Names that only this plan has. */
interface Names {
  readonly stage: string;
  readonly lines: string;
  readonly run: string;
}

function prepare(plan: WritePlan, { stage, lines, run }: Names): string {
  const parts = new Parts(plan, `pg_temp.${stage}`);
  const columns = plan.columns.map((_, i) => `c${i + 1} text, `).join('');
  const { values } = plan;
  const makeLines = values
    ? `create temporary table ${lines} (${values.map((_, i) => `v${i + 1} text, `).join('')}n integer) on commit delete rows;`
    : '';
  return `
declare
  other regclass;
begin
  ${OURS.map((setting) => `set local ${setting} to default;`).join(' ')}
  set constraints all immediate;
  if to_regclass('pg_temp.${stage}') is not null then
    delete from pg_temp.${stage};
    ${values ? `delete from pg_temp.${lines};` : ''}
    return;
  end if;
  for other in select oid from pg_catalog.pg_class
    where relnamespace = pg_my_temp_schema() and relname ~ '^openbulk_(stage|lines)_' and relkind = 'r' and relowner = current_user::regrole loop
    execute 'drop table ' || other;
  end loop;
  for other in select oid from pg_catalog.pg_proc
    where pronamespace = pg_my_temp_schema() and proname ~ '^openbulk_write_' and proowner = current_user::regrole loop
    execute 'drop function ' || other::oid::regprocedure;
  end loop;
  create temporary table ${stage} (${columns}${stagedReferences(parts)}n integer ${plan.sets ? 'primary key' : 'not null'}) on commit delete rows;
  ${makeLines}
  execute ${quoteText(`create function pg_temp.${run}(ob_count integer, ob_look text, ob_block integer)
    returns table (ob_outcomes text, ob_faults text) language plpgsql ${plan.searchPath === undefined ? '' : `set search_path = ${plan.searchPath} `}as ${quoteText(body(parts, `pg_temp.${lines}`))}`)};
end`;
}

/** What is written of each line, in this order. Variables begin with `ob_`: a column may have any other name. */
function body(parts: Parts, lines: string): string {
  const { plan, stage } = parts;
  return `
#variable_conflict use_column
declare
  ob_line record;
  ob_was record;
  ob_seen bytea;
  ob_repeats integer[];
  ob_next integer;
  ob_states text;
  ob_last integer;
  ob_warm integer := 6;
  ob_absent integer;
  ob_different integer;
  ob_unresolved integer := 0;
  ob_inserted integer;
  ob_updated integer;
  ob_done text[] := array_fill(null::text, array[ob_count]);
  ob_outcome text;
  ob_fault json;
  ob_failed integer := 0;
  ob_errors text[] := '{}';
  ob_wrote boolean := false;
  ob_again boolean;
  ob_differs boolean;
  ob_rows bigint;
  ob_state text; ob_constraint text; ob_column text; ob_type text; ob_table text; ob_message text; ob_detail text;${referenceVariables(parts)}
begin
${stageLines(parts, lines)}
${takeForDifferent(parts)}
${look(parts)}
  ob_next := 1;
  loop
    ob_last := least(ob_next + case when ob_block > 0 then ob_block else ob_count end - 1, ob_count);
${asSet(parts)}
    for ob_line in select s.* from ${stage} s ${plan.sets ? 'where s.n between ob_next and ob_last ' : ''}order by s.n loop
${passOver(parts)}
      ob_again := false;
      loop
        begin
${writeLine(parts)}
          exit;
        exception when others or assert_failure then
          get stacked diagnostics ob_state = returned_sqlstate, ob_constraint = constraint_name, ob_column = column_name,
            ob_type = pg_datatype_name, ob_table = table_name, ob_message = message_text, ob_detail = pg_exception_detail;
          if ${notOfALine('ob_state')} then raise; end if;
${afterTakenBack(parts)}
          -- Another writer made the record since it was looked for.
          if not ob_again and ob_state = '23505' and (ob_constraint = any(${array(plan.keyIndexes)}) or ${isCreatedMeanwhile(parts)}) then
            ob_again := true;
            continue;
          end if;
${blame(plan)}
${notThere(parts)}
          ${fault(`json_build_object('n', ob_line.n, 'state', ob_state, 'constraint', ob_constraint, 'column', ob_column,
            'type', ob_type, 'table', ob_table, 'message', ob_message,
            'detail', case when ob_state = '23503' then ob_detail end${toldReference(parts)})`)}
          exit;
        end;
      end loop;
      -- Here, not within the block: there the array would be copied for each line (PostgreSQL source, pl_exec.c, "read/write").
      ob_done[ob_line.n] := ob_outcome;
      if ob_outcome = '!' then
        ob_failed := ob_failed + 1;
        ob_errors[ob_failed] := ob_fault::text;
      end if;
      ob_wrote := true;
    end loop;
    ob_next := ob_last + 1;
    exit when ob_next > ob_count;
  end loop;
  ob_outcomes := array_to_string(ob_done, '');
  ob_faults := '[' || array_to_string(ob_errors, ',') || ']';
  return next;
end`;
}
