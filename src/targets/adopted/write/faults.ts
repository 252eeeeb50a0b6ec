import { type LineError, refusedByTable, type TableRefusal } from '../../../task/line-reasons.ts';
import type { PlannedConstraint, WritePlan } from '../plan/plan.ts';

/**
 * SQLSTATEs that are never a line's fault (PostgreSQL manual, appendix A): connection, transaction state, conflicts with other
 * transactions, resources, objects in use, operators, the system; a table or a column that is not there any more.
 */
export const NOT_OF_A_LINE = /^(08|25|40|53|55|57|58|XX)|^(42P01|42703)$/;

/** What is wrong with a line. */
export interface LineFault extends LineError {
  /** Of the line among those of its chunk, from 0. */
  readonly index: number;
  /** Columns of the table that it is about, where they are known. */
  readonly columns: readonly string[];
  readonly constraint?: string;
}

/** What a column of the table is called where people see it; `undefined` where they do not. */
export type NameOf = (column: string) => string | readonly string[] | undefined;

/** A fault as the function on the server tells it. */
export interface ToldFault {
  /** Of the line, from 1. */
  readonly n: number;
  /** Where no statement was needed to find it. */
  readonly code?: 'exists' | 'not_found' | 'missing_key' | 'reference_missing' | 'reference_ambiguous';
  /** Of those of the plan, from 1: a reference that names no record, or several; or whose record could not be created. */
  readonly reference?: number | null;
  /** What it names. */
  readonly values?: readonly string[] | null;
  readonly state?: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly type?: string;
  readonly table?: string;
  readonly message?: string;
  readonly detail?: string | null;
}

export function toFault(plan: WritePlan, told: ToldFault, nameOf: NameOf): LineFault {
  const index = told.n - 1;
  const key = plan.key.map(({ column }) => column).filter((name) => name !== plan.organization?.column);
  const named = (columns: readonly string[]) => columns.flatMap((column) => nameOf(column) ?? []);
  const ofKey = (code: TableRefusal) => ({ index, columns: key, ...refusedByTable(code, { columns: named(key) }) });
  const reference = told.reference == null ? undefined : plan.references?.[told.reference - 1];
  if (reference) {
    const { column, resource } = reference;
    const about = { columns: named([column]), resource, values: told.values ?? [] };
    const code = told.code === 'reference_ambiguous' ? told.code : 'reference_missing';
    return { index, columns: [column], ...refusedByTable(code, { ...about, ...whyNotCreated(told) }) };
  }
  if (told.code !== undefined) return ofKey(told.code === 'missing_key' ? 'missing_value' : told.code);
  const constraint = plan.constraints.find((one) => one.name === told.constraint && one.table === told.table);
  const code = codeOf(told, constraint);
  if (plan.mode === 'insert' && code === 'duplicate_value' && plan.keyIndexes.includes(told.constraint ?? ''))
    return ofKey('exists');
  const columns = told.column ? [told.column] : (constraint?.columns ?? []);
  const { table, message } = told;
  return {
    ...{ index, columns },
    ...(told.constraint && { constraint: told.constraint }),
    ...refusedByTable(code, {
      columns: named(columns),
      ...(told.constraint && { constraint: told.constraint }),
      ...(table && { table }),
      ...(message !== undefined && { message }),
    }),
  };
}

/** What was against the record that a line names and that is not there. */
function whyNotCreated(told: ToldFault): { readonly message?: string } {
  if (told.state === undefined) return {};
  const code = told.state === '23503' ? 'reference_missing' : codeOf(told, undefined);
  const { constraint, column, message } = told;
  const about = { columns: column ? [column] : [], ...(constraint && { constraint }), ...(message && { message }) };
  return { message: refusedByTable(code, about).reason };
}

function codeOf(told: ToldFault, constraint: PlannedConstraint | undefined): TableRefusal {
  const { state = '', type } = told;
  switch (state) {
    case '23503':
      return isReferenceMissing(told, constraint) ? 'reference_missing' : 'referenced';
    case '23505':
      return 'duplicate_value';
    case '23514':
      return type ? 'domain_violated' : 'check_violated';
    case '23502':
      return 'missing_value';
    case '23P01':
      return 'excluded';
    case '44000':
      return 'check_violated';
    case '42501':
      return 'not_allowed';
    default:
      return state.startsWith('22') ? 'invalid_value' : 'refused';
  }
}

/**
 * A foreign key is violated from either side. That of another table is by who takes away what it references; one to the table itself tells
 * only in the detail, in whatever language, whose columns it is about.
 */
function isReferenceMissing({ detail }: ToldFault, constraint: PlannedConstraint | undefined): boolean {
  if (constraint?.kind !== 'foreign key') return false;
  return !constraint.self || !detail || detail.includes(`(${constraint.columns.join(', ')})=(`);
}
