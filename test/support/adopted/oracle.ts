import { quoteName } from '../../../src/store/connection/quote.ts';
import type { Queryable } from '../../../src/store/connection/wire.ts';
import type { WriteMode } from '../../../src/targets/adopted/plan/plan.ts';
import type { Line } from './kinds.ts';

/** What the oracle must know of the table. */
export interface OracleTable {
  /** Quoted; with `only` before it where others inherit from it. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly organization?: { readonly column: string; readonly value: string };
  readonly mode: WriteMode;
  /** Types to cast texts to, without a length. */
  readonly types: Readonly<Record<string, string>>;
}

/**
 * Applies lines as a patient person would: one after the other, each with a savepoint of its own, looking before and after. Shares nothing
 * with what it judges.
 *
 * @param db in a transaction, with an empty temporary table `oracle_shadow` of the columns' types
 * @returns what became of each: the outcome, or the code of its error with the constraint's name
 */
export async function applySerially(db: Queryable, table: OracleTable, lines: readonly Line[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const line of lines) {
    await db.query('savepoint line');
    try {
      const outcome = await applyOne(db, table, line);
      if (/^(exists|not_found|missing_value):/.test(outcome)) await db.query('rollback to savepoint line');
      outcomes.push(outcome);
    } catch (error) {
      await db.query('rollback to savepoint line');
      outcomes.push(codeOf(error as DatabaseError, table));
    }
    await db.query('release savepoint line');
  }
  return outcomes;
}

async function applyOne(db: Queryable, spec: OracleTable, line: Line): Promise<string> {
  const { table, columns, key, organization, mode, types } = spec;
  const values: unknown[] = [];
  const cell = (column: string) =>
    column === organization?.column ? organization.value : (line[columns.indexOf(column)] ?? null);
  const put = (column: string) => `$${values.push(cell(column))}::text::${types[column]}`;
  const run = <Row>(text: string) => db.query<Row>(text, values.splice(0));
  const identity = organization ? [...key, organization.column] : key;
  const isIt = () => identity.map((column) => `t.${quoteName(column)} = ${put(column)}`).join(' and ');
  if (key.some((column) => cell(column) === null)) return 'missing_value:';
  const { rows: there } = await run(`select from ${table} t where ${isIt()}`);
  if (there.length === 0) {
    if (mode === 'update' || mode === 'delete') return 'not_found:';
    const into = organization ? [...columns, organization.column] : columns;
    const { rowCount } = await run(
      `insert into ${table.replace(/^only /, '')} (${into.map(quoteName).join(', ')}) values (${into.map(put).join(', ')})`,
    );
    return rowCount === 1 ? 'inserted' : 'suppressed';
  }
  if (mode === 'insert') return 'exists:';
  if (mode === 'insert-or-skip') return 'exists';
  if (mode === 'delete')
    return (await run(`delete from ${table} t where ${isIt()}`)).rowCount === 1 ? 'deleted' : 'suppressed';
  const rest = columns.filter((column) => !key.includes(column));
  if (rest.length === 0) return 'unchanged';
  // What the record would say: assigned to a row of the same types that no trigger sees.
  await run('delete from oracle_shadow');
  await run(`insert into oracle_shadow (${rest.map(quoteName).join(', ')}) values (${rest.map(put).join(', ')})`);
  const same = rest.map((column) => {
    const [a, b] = [`t.${quoteName(column)}`, `s.${quoteName(column)}`];
    const byValue = /"(numeric|jsonb)"$/.test(types[column] as string) ? ` or ${a} = ${b}` : '';
    return `(${a}::text is not distinct from ${b}::text${byValue})`;
  });
  const text = `row(${rest.map((column) => `t.${quoteName(column)}::text`).join(', ')})::text as text`;
  const { rows: before } = await run<{ same: boolean; text: string }>(
    `select coalesce(${same.join(' and ')}, false) as same, ${text} from ${table} t, oracle_shadow s where ${isIt()}`,
  );
  if (before[0]?.same) return 'unchanged';
  const set = rest.map((column) => `${quoteName(column)} = ${put(column)}`).join(', ');
  const { rows: after } = await run<{ text: string }>(`update ${table} t set ${set} where ${isIt()} returning ${text}`);
  if (after.length === 0) return 'suppressed';
  return after[0]?.text === before[0]?.text ? 'unchanged' : 'updated';
}

interface DatabaseError extends Error {
  readonly code?: string;
  readonly constraint?: string;
  readonly dataType?: string;
  readonly detail?: string;
}

const CODES: Readonly<Record<string, string>> = {
  '23505': 'duplicate_value',
  '23502': 'missing_value',
  '23P01': 'excluded',
  '44000': 'check_violated',
  '42501': 'not_allowed',
};

function codeOf(error: DatabaseError, { mode, key }: OracleTable): string {
  const { code = '', constraint = '', dataType, message } = error;
  if (!/^[0-9A-Z]{5}$/.test(code)) throw error;
  if (code === '23503')
    return `${message.startsWith('insert or update') ? 'reference_missing' : 'referenced'}:${constraint}`;
  if (code === '23514') return `${dataType ? 'domain_violated' : 'check_violated'}:${constraint}`;
  if (code === '23505' && mode === 'insert' && isOfKey(error, key)) return 'exists:';
  return `${CODES[code] ?? (code.startsWith('22') ? 'invalid_value' : 'refused')}:${constraint}`;
}

/** The detail says it, but to whom row security applies. */
function isOfKey({ detail, constraint }: DatabaseError, key: readonly string[]): boolean {
  if (detail === undefined) return constraint === 'target_k_key';
  const columns = /Key \((.*)\)=\(/.exec(detail)?.[1]?.split(', ') ?? [];
  return columns.sort().join() === [...key].sort().join();
}
