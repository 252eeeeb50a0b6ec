import { quoteName, quoteNames, quoteText } from '../../../../store/connection/quote.ts';
import type { WriteMode, WritePlan } from '../../plan/plan.ts';
import { ABSENT, changes, DIFFERS, done, EQUAL, EQUAL_KEY, ownFault, type Parts } from './parts.ts';
import { isUnresolved, lookUpAgain, settleKey, startLine, withReferences } from './references.ts';

/** Lines that change nothing, where no line before can have made it otherwise. */
export function passOver({ plan }: Parts): string {
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

export function writeLine(parts: Parts): string {
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
  return `        ${startLine(parts)}
        ${lookUpAgain(parts)}
        ${settleKey(parts)}
        ${noKey}
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
  const unresolved = parts.plan.references ? ` or ${isUnresolved(parts, 'ob_line')}` : '';
  return `if ob_was.differs${unresolved} then ${updateOne(parts)} else ${done('=')} end if;`;
}

/** A trigger may say that nothing is to be done, or have the record say what it said before. */
function updateOne(parts: Parts): string {
  const { plan, table, changed } = parts;
  const update = `update ${table} t set ${parts.set('ob_line')} where ${parts.isRecord('ob_line')}`;
  if (!plan.revises)
    return withReferences(
      parts,
      `${update};
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} else ${done('u')} end if;`,
    );
  const after = changed.map(({ column }) => parts.told(column, `t.${quoteName(column.name)}`));
  const before = changed.map(({ column, place }) => parts.told(column, `ob_was.w${place}`));
  return withReferences(
    parts,
    `${update} returning (${after.join(', ')}) is distinct from (${before.join(', ')}) into ob_differs;
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} elsif ob_differs then ${done('u')} else ${done('=')} end if;`,
  );
}

function insertOne(parts: Parts): string {
  const { into, values } = parts.insert('ob_line');
  // PostgreSQL knows no INSERT INTO ONLY: it never goes to tables that inherit.
  const table = quoteNames(parts.plan.table.schema, parts.plan.table.table);
  return withReferences(
    parts,
    `insert into ${table} (${into}) values (${values});
          get diagnostics ob_rows = row_count;
          if ob_rows = 0 then ${done('0')} else ${done('i')} end if;`,
  );
}

/**
 * Whether a value is looked at before it is known that there is no record depends on how PostgreSQL plans: that there is none is said
 * whatever its values are.
 */
export function notThere(parts: Parts): string {
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
export function blame({ columns, table, references }: WritePlan): string {
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
  return `          if (ob_state ~ '^22' or ob_type <> '')${references ? ' and ob_reference = 0' : ''} then
            <<ob_blame>>
            begin
            ${tries.join('\n            ')}
            end;
          end if;`;
}
