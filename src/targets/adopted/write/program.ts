import { hash } from 'node:crypto';
import { quoteName, quoteNames, quoteText } from '../../../store/connection/quote.ts';
import type { KeyPart, PlannedColumn, WriteMode, WritePlan } from '../plan/plan.ts';
import { NOT_OF_A_LINE } from './faults.ts';

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
  const { columns, organization } = plan;
  const staged = columns.map((_, i) => `c${i + 1}`);
  const into = [...columns.map(({ name }) => name), ...(organization ? [organization.column] : [])];
  return {
    prepare: `do language plpgsql ${quoteText(prepare(plan, { stage, run }))}`,
    stage: `copy pg_temp.${stage} (${[...staged, 'n'].join(', ')}) from stdin`,
    write: `select * from pg_temp.${run}($1, $2, $3)`,
    copy: `copy ${quoteNames(plan.table.schema, plan.table.table)} (${into.map(quoteName).join(', ')}) from stdin`,
  };
}

/** The planner's settings that our own statements or connections have. A trigger of the owner's is planned as the role has it. */
const OURS = ['jit', 'enable_hashjoin', 'enable_mergejoin', 'enable_material'];

function prepare(plan: WritePlan, { stage, run }: { readonly stage: string; readonly run: string }): string {
  const columns = plan.columns.map((_, i) => `c${i + 1} text, `).join('');
  return `
declare
  other regclass;
begin
  ${OURS.map((setting) => `set local ${setting} to default;`).join(' ')}
  set constraints all immediate;
  if to_regclass('pg_temp.${stage}') is not null then
    delete from pg_temp.${stage};
    return;
  end if;
  for other in select oid from pg_catalog.pg_class
    where relnamespace = pg_my_temp_schema() and relname ~ '^openbulk_stage_' and relkind = 'r' and relowner = current_user::regrole loop
    execute 'drop table ' || other;
  end loop;
  for other in select oid from pg_catalog.pg_proc
    where pronamespace = pg_my_temp_schema() and proname ~ '^openbulk_write_' and proowner = current_user::regrole loop
    execute 'drop function ' || other::oid::regprocedure;
  end loop;
  create temporary table ${stage} (${columns}n integer ${plan.sets ? 'primary key' : 'not null'}) on commit delete rows;
  execute ${quoteText(`create function pg_temp.${run}(ob_count integer, ob_look text, ob_block integer)
    returns table (ob_outcomes text, ob_faults text) language plpgsql ${plan.searchPath === undefined ? '' : `set search_path = ${plan.searchPath} `}as ${quoteText(body(plan, `pg_temp.${stage}`))}`)};
end`;
}

/** Characters that the function gives for outcomes, one a line. */
export const OUTCOMES = {
  i: 'inserted',
  u: 'updated',
  d: 'deleted',
  '=': 'unchanged',
  x: 'exists',
  '0': 'suppressed',
  '!': 'errored',
} as const;

/** What the first look finds of a line, as bytes: its record is not there, differs, or is as it says. */
const ABSENT = 0x61;
const DIFFERS = 0x64;
const EQUAL = 0x65;
/** By so much less, of a key that comes more than once. */
const TO_REPEATED = 0x20;
const EQUAL_KEY = EQUAL - TO_REPEATED;

/** Parts of the statements of a plan. */
class Parts {
  readonly plan: WritePlan;
  readonly stage: string;
  readonly table: string;
  /** The columns that an update sets, each with its place among the lines' values. */
  readonly changed: readonly { readonly column: PlannedColumn; readonly place: number }[];

  constructor(plan: WritePlan, stage: string) {
    this.plan = plan;
    this.stage = stage;
    this.table = `${plan.only ? 'only ' : ''}${quoteNames(plan.table.schema, plan.table.table)}`;
    this.changed = plan.columns.flatMap((column, i) => (column.fixed ? [] : [{ column, place: i + 1 }]));
  }

  /** The key's columns that are in the lines, with the text that a row `row` has of them. */
  key(row: string): { readonly part: KeyPart; readonly text: string }[] {
    const { columns, key } = this.plan;
    return key.flatMap((part) => {
      const place = columns.findIndex(({ name }) => name === part.column);
      return place < 0 ? [] : [{ part, text: `${row}.c${place + 1}` }];
    });
  }

  /** That `t` is the record of the line `row`. */
  isRecord(row: string): string {
    const texts = new Map(this.key(row).map(({ part, text }) => [part.column, text]));
    return this.plan.key
      .map(({ column, equals, type }) => {
        const text = texts.get(column) ?? quoteText(this.plan.organization?.value as string);
        return `t.${quoteName(column)} ${equals} ${text}::${type}`;
      })
      .join(' and ');
  }

  hasNoKey(row: string): string {
    return this.key(row)
      .map(({ text }) => `${text} is null`)
      .join(' or ');
  }

  /** What a line's value is, as it is assigned: what does not fit a length is refused, not cut. */
  value({ type }: PlannedColumn, text: string): string {
    return `${text}::${type}`;
  }

  /** That the record `t` says something else than the line `row`. */
  differs(row: string): string {
    const pairs = this.changed.map(({ column, place }) => {
      const text = `${row}.c${place}`;
      return [
        this.told(column, `t.${quoteName(column.name)}`),
        this.told(column, this.assigned(column, text)),
      ] as const;
    });
    if (pairs.length === 0) return 'false';
    return `(${pairs.map(([a]) => a).join(', ')}) is distinct from (${pairs.map(([, b]) => b).join(', ')})`;
  }

  /** What a line's value becomes by being assigned, where that is another value without a word. */
  assigned({ type, rounds, length }: PlannedColumn, text: string): string {
    if (rounds !== undefined) return `${text}::${type}::${rounds}`;
    if (length === undefined) return `${text}::${type}`;
    // Blanks beyond the length are cut.
    return `(case when length(${text}) > ${length} and length(rtrim(${text}, ' ')) <= ${length} then left(${text}, ${length}) else ${text} end)::${type}`;
  }

  told({ compared }: PlannedColumn, value: string): string {
    return compared === 'value' ? value : `(${value})::text collate "C"`;
  }

  insert(row: string): { readonly into: string; readonly values: string } {
    const { columns, organization } = this.plan;
    const into = columns.map(({ name }) => quoteName(name));
    const values = columns.map((column, i) => this.value(column, `${row}.c${i + 1}`));
    if (organization) {
      into.push(quoteName(organization.column));
      values.push(this.organization());
    }
    return { into: into.join(', '), values: values.join(', ') };
  }

  organization(): string {
    const { key, organization } = this.plan;
    const type = key.find(({ column }) => column === organization?.column)?.type;
    return `${quoteText(organization?.value as string)}::${type}`;
  }

  set(row: string): string {
    return [
      ...this.changed.map(
        ({ column, place }) => `${quoteName(column.name)} = ${this.value(column, `${row}.c${place}`)}`,
      ),
      ...this.touched(),
    ].join(', ');
  }

  /** What of a changed record says when it was changed. */
  touched(): string[] {
    const { touches } = this.plan;
    return touches === undefined ? [] : [`${quoteName(touches)} = now()`];
  }
}

/** Whether the first look compares records with the lines, since they may change them. */
function changes(mode: WriteMode): boolean {
  return mode === 'upsert' || mode === 'update';
}

/** What is written of each line, in this order. Variables begin with `ob_`: a column may have any other name. */
function body(plan: WritePlan, stage: string): string {
  const parts = new Parts(plan, stage);
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
  ob_state text; ob_constraint text; ob_column text; ob_type text; ob_table text; ob_message text; ob_detail text;
begin
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
          -- Another writer made the record since it was looked for.
          if not ob_again and ob_state = '23505' and ob_constraint = any(${array(plan.keyIndexes)}) then
            ob_again := true;
            continue;
          end if;
${blame(plan)}
${notThere(parts)}
          ${fault(`json_build_object('n', ob_line.n, 'state', ob_state, 'constraint', ob_constraint, 'column', ob_column,
            'type', ob_type, 'table', ob_table, 'message', ob_message,
            'detail', case when ob_state = '23503' then ob_detail end)`)}
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

function array(texts: readonly string[]): string {
  return `array[${texts.map(quoteText).join(', ')}]::text[]`;
}

function notOfALine(state: string): string {
  return `${state} ~ ${quoteText(NOT_OF_A_LINE.source)}`;
}

function done(outcome: keyof typeof OUTCOMES): string {
  return `ob_outcome := '${outcome}';`;
}

/** @param json what the fault is */
function fault(json: string): string {
  return `ob_fault := ${json}; ${done('!')}`;
}

/** Of a line that needs no statement to be known as wrong. */
function ownFault(code: string): string {
  return fault(`json_build_object('n', ob_line.n, 'code', '${code}')`);
}

/** The keys of a staged line `s`, as the order in which records are locked. */
function keysOf(parts: Parts): string {
  return parts
    .key('s')
    .map(({ part, text }) => `${text}::${part.type}`)
    .join(', ');
}

/** @param from lines `s` in the order of their keys */
function lockInOrder(parts: Parts, where: string): string {
  const strength = parts.plan.mode === 'delete' ? 'for update' : 'for no key update';
  const columns = parts.key('s').map(({ text }) => text);
  return `(select s.n, ${columns.join(', ')} from ${parts.stage} s ${where} order by ${keysOf(parts)} offset 0) s
        left join lateral (select true as found from ${parts.table} t where ${parts.isRecord('s')} ${strength} of t offset 0) l on true`;
}

/** Counts what the first look found, of lines `y`. */
const COUNTED = `convert_to(string_agg(y.state, '' order by y.n), 'UTF8'),
        count(*) filter (where y.state = 'a'), count(*) filter (where y.state = 'd')
      into ob_seen, ob_absent, ob_different`;

/**
 * Looks at all records of the lines' keys in one statement: so lines that change nothing need no more. Those that will be changed are then
 * locked in the order of their keys: whoever locks in that order, too, never waits for us while we wait for him. A value that is none
 * of its type has the look fail; then the lines are gone through without it.
 */
function look(parts: Parts): string {
  const { plan, stage, table } = parts;
  const differs = plan.mode === 'delete' ? 'true' : changes(plan.mode) ? parts.differs('s') : 'false';
  const allEqual = changes(plan.mode)
    ? `if ob_absent + ob_different = 0 then
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
      from (select s.n, case when x.differs then 'd' when x.differs is null then 'a' else 'e' end as state from ${stage} s
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

/** Writes the lines from `ob_next` to `ob_last` that change something at once, and counts whether it did what was to be expected. */
function insertSet(parts: Parts): string {
  const { plan, stage, table } = parts;
  const { into, values } = parts.insert('s');
  const given = new Set([...plan.columns.map(({ name }) => name), plan.organization?.column]);
  const arbiter = plan.key.filter(({ column }) => given.has(column)).map(({ column }) => quoteName(column));
  const assigned = parts.changed.map(({ column: { name } }) => `${quoteName(name)} = excluded.${quoteName(name)}`);
  const set = assigned.length > 0 && [...assigned, ...parts.touched()].join(', ');
  const told = (row: string) =>
    parts.changed.map(({ column }) => parts.told(column, `${row}.${quoteName(column.name)}`));
  const update =
    set && `update set ${set} where (${told('t').join(', ')}) is distinct from (${told('excluded').join(', ')})`;
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
function takeForDifferent(parts: Parts): string {
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
function asSet(parts: Parts): string {
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
    if ob_states is not null and ob_states !~ '[ADE]' ${onlyNew} then
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

/** Lines that change nothing, where no line before can have made it otherwise. */
function passOver({ plan }: Parts): string {
  const outcome = { upsert: '=', update: '=', 'insert-or-skip': 'x', insert: undefined, delete: undefined }[plan.mode];
  if (outcome === undefined) return '';
  const same = 'get_byte(ob_seen, ob_line.n - 1)';
  const undisturbed = plan.independent
    ? `(${same} = ${EQUAL} or ${same} = ${EQUAL_KEY} and not ob_wrote)`
    : `${same} in (${EQUAL}, ${EQUAL_KEY}) and not ob_wrote`;
  return `    if ob_seen is not null and ${undisturbed} then
      ob_done[ob_line.n] := '${outcome}';
      continue;
    end if;`;
}

function writeLine(parts: Parts): string {
  const { plan } = parts;
  const { columns, key } = plan;
  const nulls = columns.filter(({ name }) => key.some(({ column }) => column === name));
  const noKey = nulls.length > 0 ? `if ${parts.hasNoKey('ob_line')} then ${ownFault('missing_key')} exit; end if;` : '';
  // Where nothing else can have changed the record since, what the first look found holds.
  const known = plan.independent && plan.mode !== 'insert' && plan.mode !== 'delete';
  const seen = (state: number) =>
    `ob_seen is not null and not ob_again and get_byte(ob_seen, ob_line.n - 1) = ${state}`;
  const shortcuts: string[] = [];
  if (known && plan.mode !== 'update') shortcuts.push(`if ${seen(ABSENT)} then ${insertOne(parts)} exit; end if;`);
  if (known && changes(plan.mode) && plan.locks)
    shortcuts.push(`if ${seen(DIFFERS)} then ${updateOne(parts)} exit; end if;`);
  return `        ${noKey}
        ${shortcuts.join('\n        ')}
        ${lookOne(parts)}
        if found then
          ${FOUND[plan.mode](parts)}
        else
          ${plan.mode === 'update' || plan.mode === 'delete' ? ownFault('not_found') : insertOne(parts)}
        end if;`;
}

/**
 * Looks at the line's record, and locks it where it may be changed. A plan made while the table is small would be kept and read all of it for
 * each line, however large it becomes: so the first look is planned for an index, and done so often that PostgreSQL keeps that plan
 * (PostgreSQL manual, "PREPARE", Notes).
 */
function lookOne(parts: Parts): string {
  const { plan, table } = parts;
  const strength = plan.mode === 'delete' ? 'for update' : 'for no key update';
  const lock = plan.locks ? `${strength} of t` : '';
  const values = plan.revises
    ? parts.changed.map(({ column, place }) => `, t.${quoteName(column.name)} as w${place}`).join('')
    : '';
  const look = changes(plan.mode)
    ? `select ${parts.differs('ob_line')} as differs${values} into ob_was from`
    : 'perform from';
  return `if ob_warm > 0 then set local enable_seqscan = off; end if;
        ${look} ${table} t where ${parts.isRecord('ob_line')} ${lock};
        if ob_warm > 0 then
          set local enable_seqscan to default;
          ob_warm := ob_warm - 1;
          continue;
        end if;`;
}

const FOUND: Readonly<Record<WriteMode, (parts: Parts) => string>> = {
  upsert: updateDiffering,
  update: updateDiffering,
  'insert-or-skip': () => done('x'),
  insert: () => ownFault('exists'),
  delete: (parts) => `delete from ${parts.table} t where ${parts.isRecord('ob_line')};
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} else ${done('d')} end if;`,
};

function updateDiffering(parts: Parts): string {
  if (parts.changed.length === 0) return done('=');
  return `if ob_was.differs then ${updateOne(parts)} else ${done('=')} end if;`;
}

/** A trigger may say that nothing is to be done, or have the record say what it said before. */
function updateOne(parts: Parts): string {
  const { plan, table, changed } = parts;
  const update = `update ${table} t set ${parts.set('ob_line')} where ${parts.isRecord('ob_line')}`;
  if (!plan.revises)
    return `${update};
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} else ${done('u')} end if;`;
  const after = changed.map(({ column }) => parts.told(column, `t.${quoteName(column.name)}`));
  const before = changed.map(({ column, place }) => parts.told(column, `ob_was.w${place}`));
  return `${update} returning (${after.join(', ')}) is distinct from (${before.join(', ')}) into ob_differs;
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} elsif ob_differs then ${done('u')} else ${done('=')} end if;`;
}

function insertOne(parts: Parts): string {
  const { into, values } = parts.insert('ob_line');
  // PostgreSQL knows no INSERT INTO ONLY: it never goes to tables that inherit.
  const table = quoteNames(parts.plan.table.schema, parts.plan.table.table);
  return `insert into ${table} (${into}) values (${values});
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} else ${done('i')} end if;`;
}

/**
 * Whether a value is looked at before it is known that there is no record depends on how PostgreSQL plans: that there is none is said
 * whatever its values are.
 */
function notThere(parts: Parts): string {
  if (parts.plan.mode !== 'update') return '';
  return `          if ob_state ~ '^22' then
            begin
              perform from ${parts.table} t where ${parts.isRecord('ob_line')};
              if not found then
                ${ownFault('not_found')}
                exit;
              end if;
            exception when others then
            end;
          end if;`;
}

/** Of a value that does not fit its type, PostgreSQL does not tell the column: each is tried in a variable of the column's type. */
function blame({ columns, table }: WritePlan): string {
  const tries = columns.map(
    ({ name, type }, i) => `begin
              declare
                ob_value ${quoteNames(table.schema, table.table, name)}%type := ob_line.c${i + 1}::${type};
              begin
              end;
            exception when others then
              ob_column := ${quoteText(name)};
              exit ob_blame;
            end;`,
  );
  return `          if ob_state ~ '^22' or ob_type <> '' then
            <<ob_blame>>
            begin
            ${tries.join('\n            ')}
            end;
          end if;`;
}
