import { quoteName, quoteNames, quoteText } from '../../../../store/connection/quote.ts';
import type { PlannedReference } from '../../plan/plan.ts';
import { fault, notOfALine, ownFault, type Parts } from './parts.ts';

/**
 * What the stage has of a reference `i`, from 1, beside the value of the column that holds it: the texts that name the record, `r<i>_<j>`, and
 * in `m<i>` what is against it.
 */
const AGAINST = {
  /** No record, where that matters. */
  missing: 'm',
  /** Several. */
  ambiguous: 'a',
  /** Not looked up: a text is none of its type. */
  unknown: 'p',
} as const;

/** The number of a reference, for the names of its columns and variables. */
interface Numbered {
  readonly reference: PlannedReference;
  readonly i: number;
  /** The column of the stage that has what the table will hold. */
  readonly held: string;
}

function numbered({ plan }: Parts): Numbered[] {
  return (plan.references ?? []).map((reference, index) => ({
    ...{ reference, i: index + 1 },
    held: `c${plan.columns.findIndex(({ name }) => name === reference.column) + 1}`,
  }));
}

/** The columns of the stage that references need, with a type. */
export function stagedReferences({ plan }: Parts): string {
  return (plan.references ?? [])
    .map(({ key }, index) => `${key.map((_, j) => `r${index + 1}_${j + 1} text, `).join('')}m${index + 1} text, `)
    .join('');
}

/** That something is against one of the references of the staged line `row`. */
export function isUnresolved({ plan }: Parts, row: string): string {
  return (plan.references ?? []).map((_, index) => `${row}.m${index + 1} is not null`).join(' or ');
}

export function referenceVariables({ plan }: Parts): string {
  if (!plan.references) return '';
  const cold = plan.references.map((_, index) => `ob_cold_${index + 1} integer := 6;`).join(' ');
  return `
  ob_held text; ob_times bigint; ob_reference integer; ob_made boolean; ${cold}`;
}

/** That `row` is the record that texts name. */
function isNamed({ key, organization }: PlannedReference, row: string, textOf: (j: number) => string): string {
  const parts = key.map(
    ({ column, equals, type }, at) => `${row}.${quoteName(column)} ${equals} ${textOf(at + 1)}::${type}`,
  );
  if (organization) {
    const { column, equals, type, value } = organization;
    parts.push(`${row}.${quoteName(column)} ${equals} ${quoteText(value)}::${type}`);
  }
  return parts.join(' and ');
}

function tableOf({ table }: PlannedReference): string {
  return quoteNames(table.schema, table.table);
}

/**
 * Looks the references of all lines up with one join, on their way into the stage. A text that is none of its type has the query fail, and one that
 * names several records has it give more lines than there are; then they are staged as they are, and each looks its own up.
 *
 * @param lines the table that has the lines as they came
 */
export function stageLines(parts: Parts, lines: string): string {
  const { plan, stage } = parts;
  const { references, values = [] } = plan;
  if (!references) return '';
  const place = (name: string) => `l.v${values.indexOf(name) + 1}`;
  const all = numbered(parts);
  const texts = all.flatMap(({ reference: { key } }) => key.map(({ value }) => `l.v${value + 1}`));
  const blank = ({ key }: PlannedReference) => key.map(({ value }) => `l.v${value + 1} is null`).join(' or ');
  const into = [
    ...plan.columns.map((_, i) => `c${i + 1}`),
    ...all.flatMap(({ reference: { key }, i }) => key.map((_, j) => `r${i}_${j + 1}`)),
    ...all.map(({ i }) => `m${i}`),
    'n',
  ].join(', ');
  const select = (held: (one: Numbered) => string, against: (one: Numbered) => string) => {
    const columns = plan.columns.map(({ name }, i) => {
      const one = all.find((other) => other.held === `c${i + 1}`);
      return one ? held(one) : place(name);
    });
    return `insert into ${stage} (${into}) select ${[...columns, ...texts, ...all.map(against), 'l.n'].join(', ')} from ${lines} l`;
  };
  const joins = all.map(({ reference, i }) => {
    const isIt = isNamed(reference, `f${i}`, (j) => `l.v${(reference.key[j - 1]?.value ?? 0) + 1}`);
    return `left join ${tableOf(reference)} f${i} on ${isIt}`;
  });
  const heldOf = ({ reference, i }: Numbered) => `f${i}.${quoteName(reference.holds)}`;
  const against = (one: Numbered) =>
    one.reference.missing === 'null'
      ? 'null'
      : `case when ${heldOf(one)} is null and not (${blank(one.reference)}) then '${AGAINST.missing}' end`;
  const unknown = ({ reference }: Numbered) => `case when not (${blank(reference)}) then '${AGAINST.unknown}' end`;
  const inSets = plan.sets
    ? `
  perform from ${stage} s where ${isUnresolved(parts, 's')};
  if found then
    ob_look := 'compare';
    ob_block := least(ob_block, ${FEW});
  end if;`
    : '';
  return `
  -- Each line goes by the index: of a table that was just filled the planner expects the worst, and sorts both.
  ${LOOKED_UP.map((setting) => `set local ${setting} = off;`).join(' ')}
  begin
    ${select((one) => `${heldOf(one)}::text`, against)} ${joins.join(' ')};
    get diagnostics ob_rows = row_count;
    -- Some line names several records.
    if ob_rows <> ob_count then raise exception 'not as expected' using errcode = 'OB001'; end if;
  exception when others or assert_failure then
    get stacked diagnostics ob_state = returned_sqlstate;
    if ${notOfALine('ob_state')} then raise; end if;
    ${select(() => 'null', unknown)};
    ob_look := 'none';
    ob_block := 0;
  end;
  ${LOOKED_UP.map((setting) => `set local ${setting} to default;`).join(' ')}${inSets}`;
}

const LOOKED_UP = ['jit', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'];

/** Lines that are written at once where one of the chunk has no record to refer to, and must go alone. */
const FEW = 64;

/** Looks up what a line before this one may have changed, and what could not be looked up with all others. */
export function lookUpAgain(parts: Parts): string {
  return numbered(parts)
    .map(({ reference, i, held }) => {
      const { key, changing, missing } = reference;
      const again = changing
        ? `(ob_line.m${i} is not null or ob_wrote)`
        : missing === 'create'
          ? `ob_line.m${i} is not null`
          : `ob_line.m${i} = '${AGAINST.unknown}'`;
      const given = key.map((_, j) => `ob_line.r${i}_${j + 1} is not null`).join(' and ');
      const look = `select min(k.${quoteName(reference.holds)}::text), count(k.${quoteName(reference.holds)}) into ob_held, ob_times
            from ${tableOf(reference)} k where ${isNamed(reference, 'k', (j) => `ob_line.r${i}_${j}`)};`;
      // A text that is none of its type names nothing.
      const safe = key.every(({ isText }) => isText)
        ? look
        : `begin
            ${look}
          exception when data_exception then
            ob_held := null;
            ob_times := 0;
          end;`;
      const none = missing === 'null' ? '' : ` when ob_times = 0 then '${AGAINST.missing}'`;
      // As `lookOne` does it: what is planned first must be good for a table that grows.
      return `if ${given} and ${again} then
          if ob_cold_${i} > 0 then set local enable_seqscan = off; end if;
          ${safe}
          if ob_cold_${i} > 0 then
            set local enable_seqscan to default;
            ob_cold_${i} := ob_cold_${i} - 1;
          end if;
          ob_line.${held} := case when ob_times = 1 then ob_held end;
          ob_line.m${i} := case when ob_times > 1 then '${AGAINST.ambiguous}'${none} end;
        end if;`;
    })
    .join('\n        ');
}

/** SQLSTATEs of our own, with which a line takes back what it did: it is errored; or what became of it is known. */
const TAKEN_BACK = { errored: 'OB003', known: 'OB004' } as const;

function creates({ plan }: Parts): boolean {
  return plan.references?.some(({ missing }) => missing === 'create') === true;
}

function refuse(parts: Parts, { i, reference }: Numbered, code: 'reference_missing' | 'reference_ambiguous'): string {
  const told = fault(
    `json_build_object('n', ob_line.n, 'code', '${code}', 'reference', ${i}, 'values', ${valuesOf(i, reference)})`,
  );
  return creates(parts) ? `${told} raise exception using errcode = '${TAKEN_BACK.errored}';` : `${told} exit;`;
}

function valuesOf(i: number, { key }: PlannedReference): string {
  return `json_build_array(${key.map((_, j) => `ob_line.r${i}_${j + 1}`).join(', ')})`;
}

/** Refuses a line that names no record, or several; what is to be created is created then, so that what follows can take it back. */
function settle(parts: Parts, some: readonly Numbered[]): string {
  const refused = some.map((one) => {
    const ambiguous = `if ob_line.m${one.i} = '${AGAINST.ambiguous}' then ${refuse(parts, one, 'reference_ambiguous')} end if;`;
    if (one.reference.missing !== 'reject') return ambiguous;
    return `${ambiguous}
        if ob_line.m${one.i} = '${AGAINST.missing}' then ${refuse(parts, one, 'reference_missing')} end if;`;
  });
  const created = some.filter(({ reference }) => reference.missing === 'create').map((one) => create(parts, one));
  return [...refused, ...created].join('\n        ');
}

/** Creates the record that a line names. A trigger may say that there shall be none. */
function create(parts: Parts, one: Numbered): string {
  const { reference, i, held } = one;
  const { key, organization, created, holds } = reference;
  const values: [column: string, value: string][] = [
    ...key.map(({ column, type }, j): [string, string] => [column, `ob_line.r${i}_${j + 1}::${type}`]),
    ...created.map(({ column, type, value }): [string, string] => [
      column,
      value === null ? 'null' : `${quoteText(value)}::${type}`,
    ]),
  ];
  if (organization) values.push([organization.column, `${quoteText(organization.value)}::${organization.type}`]);
  return `if ob_line.m${i} = '${AGAINST.missing}' then
          ob_reference := ${i};
          ob_made := true;
          ob_held := null;
          insert into ${tableOf(reference)} as k (${values.map(([column]) => quoteName(column)).join(', ')})
            values (${values.map(([, value]) => value).join(', ')}) returning k.${quoteName(holds)}::text into ob_held;
          ob_reference := 0;
          if ob_held is null then ${refuse(parts, one, 'reference_missing')} end if;
          ob_line.${held} := ob_held;
        end if;`;
}

/** A statement that writes a line, with what its references need before it, and what is taken back where it writes nothing. */
export function withReferences(parts: Parts, statement: string): string {
  const others = numbered(parts).filter(({ reference }) => !reference.keyed);
  const back = creates(parts)
    ? `if ob_made and ob_outcome not in ('i', 'u') then raise exception using errcode = '${TAKEN_BACK.known}'; end if;`
    : '';
  return `${settle(parts, others)}
        ${statement}
        ${back}`;
}

/** A key that is a reference must be known before its record is looked at. */
export function settleKey(parts: Parts): string {
  const keyed = numbered(parts).filter(({ reference }) => reference.keyed);
  if (keyed.length === 0) return '';
  const { mode } = parts.plan;
  if (mode === 'update' || mode === 'delete') {
    const missing = keyed.map(({ i }) => `ob_line.m${i} = '${AGAINST.missing}'`).join(' or ');
    const ambiguous = keyed.map(
      (one) =>
        `if ob_line.m${one.i} = '${AGAINST.ambiguous}' then ${refuse(parts, one, 'reference_ambiguous')} end if;`,
    );
    return `${ambiguous.join(' ')}
        if ${missing} then ${ownFault('not_found')} exit; end if;`;
  }
  // The first look is done several times, each in a block that is kept (`lookOne`).
  return `if ob_warm = 0 then
        ${settle(parts, keyed)}
        end if;`;
}

/** Starts a line, or starts it anew. */
export function startLine({ plan }: Parts): string {
  return plan.references ? 'ob_reference := 0; ob_made := false;' : '';
}

/** What a handler does before anything else: a line may have taken itself back. */
export function afterTakenBack(parts: Parts): string {
  if (!creates(parts)) return '';
  return `          if ob_state = '${TAKEN_BACK.errored}' then exit; end if;
          if ob_state = '${TAKEN_BACK.known}' then exit; end if;`;
}

/** That another writer has just created what a line would create. */
export function isCreatedMeanwhile({ plan }: Parts): string {
  const indexes = (plan.references ?? []).flatMap(({ missing, keyIndexes }) =>
    missing === 'create' ? keyIndexes : [],
  );
  if (indexes.length === 0) return 'false';
  return `(ob_reference > 0 and ob_constraint in (${indexes.map(quoteText).join(', ')}))`;
}

/** Members of a fault that the database told: which reference could not be created, if one could not. */
export function toldReference(parts: Parts): string {
  if (!creates(parts)) return '';
  const values = numbered(parts).map(({ i, reference }) => `when ${i} then ${valuesOf(i, reference)}`);
  return `,
            'reference', nullif(ob_reference, 0), 'values', case ob_reference ${values.join(' ')} end`;
}
